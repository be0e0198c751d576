-- The state of one task hub. Every change of an instance is one transaction over these tables, so a
-- process that dies at any line leaves either the state before a step or the state after it.
-- A change of it raises the version in database.py and adds a file to migrations/.
-- Times are ISO 8601 texts in UTC of equal width: their order as text is their order in time.

-- One row per instance; a restart or continue-as-new changes execution_id.
CREATE TABLE instances (
    instance_id         TEXT PRIMARY KEY,
    execution_id        TEXT NOT NULL,
    name                TEXT NOT NULL,
    version             TEXT NOT NULL,
    input               TEXT,             -- JSON as the client sent it
    status              TEXT NOT NULL,    -- a runtime status of the HTTP API
    custom_status       TEXT,             -- JSON
    output              TEXT,             -- JSON
    created_at          TEXT NOT NULL,
    updated_at          TEXT NOT NULL,
    parent_id           TEXT,             -- where the result goes, if this is a sub-orchestration:
    parent_execution_id TEXT,             -- a parent that has been restarted since is not told
    parent_task_id      INTEGER,
    parent_name         TEXT
) WITHOUT ROWID;
CREATE INDEX instances_by_parent ON instances (parent_id) WHERE parent_id IS NOT NULL;

-- What the orchestrator of the current execution has seen, in order.
CREATE TABLE history (
    instance_id TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    event       TEXT NOT NULL,            -- JSON
    PRIMARY KEY (instance_id, seq)
) WITHOUT ROWID;

-- Events on their way to an instance: removed by the turn that takes them into the history.
CREATE TABLE messages (
    message_id  INTEGER PRIMARY KEY AUTOINCREMENT,
    instance_id TEXT NOT NULL,
    event       TEXT NOT NULL             -- JSON
);
CREATE INDEX messages_by_instance ON messages (instance_id, message_id);

-- Activities that wait to run or are running: removed when the result has become a message. After a
-- crash all of them run again.
CREATE TABLE activities (
    work_id      INTEGER PRIMARY KEY AUTOINCREMENT,
    instance_id  TEXT NOT NULL,
    task_id      INTEGER NOT NULL,
    name         TEXT NOT NULL,
    input        TEXT,                    -- JSON
    scheduled_at TEXT                     -- nothing in rows that version 1 wrote
);
CREATE INDEX activities_by_instance ON activities (instance_id);

-- Timers that have not fired.
CREATE TABLE timers (
    instance_id TEXT NOT NULL,
    task_id     INTEGER NOT NULL,
    fire_at     TEXT NOT NULL,
    PRIMARY KEY (instance_id, task_id)
) WITHOUT ROWID;
CREATE INDEX timers_by_time ON timers (fire_at);
