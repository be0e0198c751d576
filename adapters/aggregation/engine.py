"""Runs the aggregation of one slice in a DuckDB of its own, on disk, within its memory limit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from adapters.aggregation import columns, ready_made
from adapters.aggregation import windows_sql as sql
from adapters.aggregation.aggregates_sql import collecting
from adapters.aggregation.parsing_sql import make_parsed
from adapters.aggregation.shapes_sql import events_with
from domain.errors import Problem, SettingsError, SourceError, first_line
from domain.pipeline import Pipeline
from domain.pipeline.source import WindowsSource

BATCH_ROWS = 65_536
COLLECTED_BYTES = 600
"""What a window with a single value costs at most per median or quantile. DuckDB cannot move these
out of memory, so so many windows at a time are computed as fit."""


@dataclass(frozen=True)
class Limits:
    """What one aggregation may use."""

    memory: str
    threads: int


@dataclass
class Aggregation:
    """What one slice came to. Read `windows` and `quarantined` while the context lasts.

    `events_redelivered` are not among `events_read`; all the others are.
    """

    events_read: int
    events_quarantined: int
    events_duplicate: int
    events_late: int
    events_redelivered: int
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
        load: Makes `raw` in the database it is given, or `parsed` itself (see `loading.py`).
        folder: An empty folder for the database and what does not fit into memory.
        limits: Memory and threads.

    Yields:
        Counts, and streams of windows (keys: string, window_start and window_end: timestamp[us,
        UTC], aggregates: double or int64; sorted by key and time) and of bad events (reason, file,
        row: string).

    Raises:
        SourceError: the input cannot be read or computed with.
        SettingsError: it does not fit into the memory that the settings allow.
    """
    with (
        duckdb.connect(str(folder / "slice.duckdb"), config=_config(folder, limits)) as database,
        _mapped(database),
    ):
        database.execute("SET enable_progress_bar = false")
        database.execute(f"SET TimeZone = {columns.literal(pipeline.source.time_zone)}")
        load(database)
        bounds = sql.bounds_of(pipeline, start_us, end_us)
        if isinstance(pipeline.source, WindowsSource):
            ready_made.make_parsed(database, pipeline, bounds)
        elif not _has(database, "parsed"):
            make_parsed(database, pipeline)
        good, bad, late, copies = _one(database, sql.counts(bounds))
        duplicates = _make_events(database, pipeline, bounds, good)
        unread = _has(database, "unread")
        if unread:
            bad += _one(database, "SELECT count(*) FROM unread")[0]

        def quarantined() -> pa.RecordBatchReader:
            query = sql.quarantined(bounds)
            if unread:
                query += " UNION ALL SELECT * FROM unread"
            return _stream(database, query)

        windows = _windows(database, pipeline, bounds, limits)

        yield Aggregation(
            events_read=good + bad,
            events_quarantined=bad,
            events_duplicate=duplicates,
            events_late=late,
            events_redelivered=copies,
            windows=windows.cast(_in_utc(windows.schema)),
            quarantined=quarantined,
        )


@contextmanager
def _mapped(database: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """The one place where DuckDB's errors become ours."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        rule = f"must be larger, or the pipeline's slices smaller: {first_line(error)}"
        problem = Problem("AGGREGATION_MEMORY_LIMIT", rule, has_value=False)
        raise SettingsError("app settings", [problem]) from error
    except (duckdb.Error, pa.ArrowException) as error:
        told = first_line(error)
        if _has(database, "origins"):
            for local, path in database.execute("SELECT local, path FROM origins").fetchall():
                told = told.replace(local, path)
        raise SourceError(f"the input cannot be aggregated: {told}") from error


def _in_utc(schema: pa.Schema) -> pa.Schema:
    """DuckDB labels instants with the connection's zone, which is the source's."""
    utc = pa.timestamp("us", "UTC")
    return pa.schema(
        [pa.field(f.name, utc if pa.types.is_timestamp(f.type) else f.type) for f in schema]
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
    if sql.keeps_duplicates(pipeline) and not collecting(pipeline):
        database.execute(f"CREATE VIEW events AS {query}")
        return 0
    database.execute(f"CREATE TABLE events AS {query}")
    kept = _one(database, f"SELECT count(*) FROM events WHERE {bounds.own}")[0]
    return good - kept


def _windows(
    database: duckdb.DuckDBPyConnection, pipeline: Pipeline, bounds: sql.Bounds, limits: Limits
) -> pa.RecordBatchReader:
    """All windows; where some values have to be collected, those of some keys after another's."""
    if isinstance(pipeline.source, WindowsSource):
        return _stream(database, ready_made.windows(pipeline))
    collected = collecting(pipeline)
    if not collected:
        return _stream(database, sql.windows(pipeline, bounds))
    room = _bytes(limits.memory) // (COLLECTED_BYTES * collected)
    events = max(1, events_with(room, pipeline))
    database.execute(f"CREATE TABLE buckets AS {sql.buckets(pipeline, events)}")
    rows = database.execute(f"SELECT DISTINCT {columns.BUCKET} FROM buckets ORDER BY 1").fetchall()
    first, *others = [int(number) for (number,) in rows] or [0]
    stream = _stream(database, sql.windows(pipeline, bounds, first))

    def batches() -> Iterator[pa.RecordBatch]:
        yield from stream
        for bucket in others:
            yield from _stream(database, sql.windows(pipeline, bounds, bucket))

    return pa.RecordBatchReader.from_batches(stream.schema, batches())


def _bytes(size: str) -> int:
    """A size such as 512MB or 1.5GiB."""
    number, unit = re.split(r"(?=[KMG])", size)
    return int(float(number) * (1024 if "i" in unit else 1000) ** (1 + "KMG".index(unit[0])))


def _one(database: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    [row] = database.execute(query).fetchall()
    return tuple(int(value) for value in row)


def _has(database: duckdb.DuckDBPyConnection, name: str) -> bool:
    query = "SELECT count(*) FROM information_schema.tables WHERE table_name = ?"
    return bool(database.execute(query, [name]).fetchall()[0][0])


def _stream(database: duckdb.DuckDBPyConnection, query: str) -> pa.RecordBatchReader:
    return database.sql(query).to_arrow_reader(BATCH_ROWS)
