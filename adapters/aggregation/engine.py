"""Runs the aggregation of one slice in a DuckDB of its own, on disk, within its memory limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from adapters.aggregation import sql
from domain.pipeline import Pipeline

BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Limits:
    """What one aggregation may use."""

    memory: str
    threads: int


@dataclass
class Aggregation:
    """What one slice came to. Read `windows` and `quarantined` while the context lasts."""

    events_read: int
    events_quarantined: int
    events_duplicate: int
    windows: pa.RecordBatchReader
    quarantined: Callable[[], pa.RecordBatchReader]


@contextmanager
def aggregate(
    pipeline: Pipeline,
    start_us: int,
    end_us: int,
    load: Callable[[duckdb.DuckDBPyConnection], None],
    folder: Path,
    limits: Limits,
) -> Iterator[Aggregation]:
    """Aggregates one slice.

    Args:
        pipeline: What to compute.
        start_us, end_us: The slice: window ends in (start_us, end_us], microseconds since 1970.
        load: Makes the relation `raw` in the database it is given (see `reading.py`).
        folder: An empty folder for the database and what does not fit into memory.
        limits: Memory and threads.

    Yields:
        Counts, and streams of windows (keys: string, window_start and window_end: timestamp[us,
        UTC], aggregates: double or int64; sorted by key and time) and of bad events (reason, file,
        row: string).
    """
    with duckdb.connect(str(folder / "slice.duckdb"), config=_config(folder, limits)) as database:
        database.execute("SET enable_progress_bar = false")
        database.execute(f"SET TimeZone = {sql.literal(pipeline.source.time_zone)}")
        load(database)
        bounds = sql.bounds_of(pipeline, start_us, end_us)
        database.execute(f"CREATE VIEW parsed AS {sql.parsed(pipeline, _types(database))}")
        good, bad = _one(database, sql.counts(bounds))
        duplicates = _make_events(database, pipeline, bounds, good)
        unread = _has(database, "unread")
        if unread:
            bad += _one(database, "SELECT count(*) FROM unread")[0]

        def quarantined() -> pa.RecordBatchReader:
            query = sql.quarantined(pipeline, bounds)
            if unread:
                query += " UNION ALL SELECT * FROM unread"
            return _stream(database, query)

        yield Aggregation(
            events_read=good + bad,
            events_quarantined=bad,
            events_duplicate=duplicates,
            windows=_stream(database, sql.windows(pipeline, bounds)),
            quarantined=quarantined,
        )


def _config(folder: Path, limits: Limits) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": limits.memory,
        "threads": str(limits.threads),
        "temp_directory": str(folder / "spill"),
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
    }


def _make_events(
    database: duckdb.DuckDBPyConnection, pipeline: Pipeline, bounds: sql.Bounds, good: int
) -> int:
    """Makes `events`; answers how many duplicates were dropped."""
    query = sql.events(pipeline, bounds)
    if pipeline.source.duplicates == "keep":
        database.execute(f"CREATE VIEW events AS {query}")
        return 0
    database.execute(f"CREATE TABLE events AS {query}")
    kept = _one(database, f"SELECT count(*) FROM events WHERE {bounds.own}")[0]
    return good - kept


def _types(database: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = database.execute("SELECT column_name, column_type FROM (DESCRIBE raw)").fetchall()
    return {name: str(type_) for name, type_ in rows}


def _one(database: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    [row] = database.execute(query).fetchall()
    return tuple(int(value) for value in row)


def _has(database: duckdb.DuckDBPyConnection, name: str) -> bool:
    query = "SELECT count(*) FROM duckdb_views() WHERE view_name = ?"
    return bool(database.execute(query, [name]).fetchall()[0][0])


def _stream(database: duckdb.DuckDBPyConnection, query: str) -> pa.RecordBatchReader:
    return database.sql(query).to_arrow_reader(BATCH_ROWS)
