-- Jobs of the Azure ML workspace. One row per job, for ever: names are never reused.
CREATE TABLE IF NOT EXISTS jobs (
    number         INTEGER PRIMARY KEY,  -- order of submission; the queue is served in this order
    name           TEXT NOT NULL UNIQUE,
    endpoint       TEXT NOT NULL,
    deployment     TEXT NOT NULL,
    invocation     TEXT NOT NULL,        -- JSON: the body of the invocation, as validated
    status         TEXT NOT NULL,
    instance_count INTEGER NOT NULL,     -- nodes that the job takes
    created_at     TEXT NOT NULL,        -- ISO 8601, UTC
    started_at     TEXT,
    ended_at       TEXT,
    progress       TEXT NOT NULL,        -- JSON: jobs.Progress
    error          TEXT,                 -- JSON: jobs.JobError
    compute        TEXT NOT NULL DEFAULT 'local'  -- whose nodes it takes; known once prepared
);
CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status, number);
CREATE INDEX IF NOT EXISTS jobs_by_compute ON jobs (status, compute, number);
CREATE INDEX IF NOT EXISTS jobs_by_endpoint ON jobs (endpoint, number);

-- Every status that a job has been in, in the order of the rows.
CREATE TABLE IF NOT EXISTS statuses (
    number INTEGER PRIMARY KEY,
    job    TEXT NOT NULL,
    status TEXT NOT NULL,
    at     TEXT NOT NULL                 -- ISO 8601, UTC
);
CREATE INDEX IF NOT EXISTS statuses_by_job ON statuses (job, number);

-- Computes that were created through the API; they go before the files of the same names.
CREATE TABLE IF NOT EXISTS computes (
    name       TEXT PRIMARY KEY,
    definition TEXT NOT NULL             -- JSON: computes.Compute
);

-- When nodes were up, start-up and idle time included, and when jobs held nodes. Seconds since 1970.
CREATE TABLE IF NOT EXISTS node_spans (
    number     INTEGER PRIMARY KEY,
    compute    TEXT NOT NULL,
    started_at REAL NOT NULL,
    seen_at    REAL NOT NULL,            -- its end, or when an open span was last seen
    open       INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS open_node_spans ON node_spans (number) WHERE open;
CREATE TABLE IF NOT EXISTS job_spans (
    job        TEXT PRIMARY KEY,
    compute    TEXT NOT NULL,
    nodes      INTEGER NOT NULL,
    started_at REAL NOT NULL,
    seen_at    REAL NOT NULL,
    open       INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS open_job_spans ON job_spans (job) WHERE open;
CREATE INDEX IF NOT EXISTS job_spans_by_compute ON job_spans (compute);
