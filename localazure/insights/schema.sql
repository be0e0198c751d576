-- Telemetry items as Application Insights received them, one row per item.
CREATE TABLE IF NOT EXISTS items (
    id           INTEGER PRIMARY KEY AUTOINCREMENT, -- in order of arrival
    time         TEXT NOT NULL,                     -- when it happened: ISO 8601, UTC, microseconds
    kind         TEXT NOT NULL,                     -- exception, event, trace, request, ...
    name         TEXT NOT NULL,                     -- type of an exception, name of an event, ...
    message      TEXT NOT NULL,
    severity     TEXT,                              -- verbose, information, warning, error, critical
    role         TEXT,                              -- which program reported it
    operation_id TEXT,                              -- joins the items of one operation (trace id)
    properties   TEXT NOT NULL,                     -- JSON object: properties and measurements
    raw          TEXT NOT NULL                      -- the whole envelope, as it came
);
CREATE INDEX IF NOT EXISTS items_by_kind ON items (kind, name, time);
CREATE INDEX IF NOT EXISTS items_by_time ON items (time);
