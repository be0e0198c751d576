-- The event hubs of one local cloud. All times are milliseconds since 1970, UTC.

-- What localazure.yml said at the last start, for readers that do not have that file.
CREATE TABLE hubs (
    name            TEXT PRIMARY KEY,
    consumer_groups TEXT NOT NULL         -- JSON array of names
) WITHOUT ROWID;

-- One row per partition, for ever: numbering goes on where it was, even if no event is left.
CREATE TABLE partitions (
    log_id INTEGER PRIMARY KEY, -- short name of (hub, partition) in events
    hub              TEXT NOT NULL,
    partition        INTEGER NOT NULL,
    next_sequence    INTEGER NOT NULL DEFAULT 0,
    next_offset      INTEGER NOT NULL DEFAULT 0,
    last_enqueued    INTEGER,             -- of the newest event; no later one may be below
    UNIQUE (hub, partition)
);

-- The log: rows are added at the end of a partition and removed at its beginning.
CREATE TABLE events (
    log_id INTEGER NOT NULL,
    sequence_number  INTEGER NOT NULL,
    position         INTEGER NOT NULL,    -- what the service calls offset, as a number
    enqueued         INTEGER NOT NULL,    -- stream time: what consumers see
    arrived          INTEGER NOT NULL,    -- this machine's clock: what retention goes by
    partition_key    TEXT,
    properties       TEXT NOT NULL,       -- JSON object
    content_type     TEXT,
    body             BLOB NOT NULL,
    PRIMARY KEY (log_id, sequence_number)
) WITHOUT ROWID;

-- How far a consumer group has come: the last event that it is done with.
CREATE TABLE checkpoints (
    hub             TEXT NOT NULL,
    consumer_group  TEXT NOT NULL,
    partition       INTEGER NOT NULL,
    sequence_number INTEGER NOT NULL,
    event_offset    TEXT NOT NULL,
    updated         INTEGER NOT NULL,
    PRIMARY KEY (hub, consumer_group, partition)
) WITHOUT ROWID;
