-- What was PUT into the local Azure ML workspace. JSON is as validated, by the names of the wire.

-- One row per version, for ever: what a version points to never changes.
CREATE TABLE IF NOT EXISTS assets (
    number     INTEGER PRIMARY KEY,  -- order of creation; the latest version is the newest
    kind       TEXT NOT NULL,        -- models, codes, environments: as in the path
    name       TEXT NOT NULL,
    version    TEXT NOT NULL,
    properties TEXT NOT NULL,        -- JSON
    origin     TEXT,                 -- JSON: datastores.LakePath of its files, if it has any
    created_at TEXT NOT NULL,        -- ISO 8601, UTC
    UNIQUE (kind, name, version)
);
CREATE INDEX IF NOT EXISTS assets_by_hash
    ON assets (kind, json_extract(properties, '$.properties.hash_sha256'));

CREATE TABLE IF NOT EXISTS endpoints (
    name     TEXT PRIMARY KEY,
    resource TEXT NOT NULL           -- JSON: serving_wire.EndpointResource
);

CREATE TABLE IF NOT EXISTS deployments (
    endpoint TEXT NOT NULL,          -- also one that only a file defines
    name     TEXT NOT NULL,
    resource TEXT NOT NULL,          -- JSON: serving_wire.DeploymentResource
    PRIMARY KEY (endpoint, name)
);
