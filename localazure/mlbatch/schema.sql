-- The jobs of the local Azure ML workspace. One row per job, for ever: names are never reused.
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
    error          TEXT                  -- JSON: jobs.JobError
);
CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status, number);
CREATE INDEX IF NOT EXISTS jobs_by_endpoint ON jobs (endpoint, number);
