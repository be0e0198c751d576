"""The SQL that turns checked events into windows. Text only; nothing runs here.

    parsed   every event that was read (see `parsing_sql.py`)
    events   the good ones within reach of the slice's windows

`shapes_sql.py` tells which windows an event lies in, `aggregates_sql.py` what is computed of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.aggregation.aggregates_sql import value_of
from adapters.aggregation.columns import (
    BUCKET,
    COPIES,
    FILE,
    INSTANT,
    LATE,
    OWNED,
    REASON,
    ROW,
    START,
    event_columns,
    key_column,
    quoted,
)
from adapters.aggregation.shapes_sql import shape_of
from domain.pipeline import Pipeline
from domain.pipeline.source import WindowsSource
from domain.pipeline.windows import GridWindows

GOOD = f"{REASON} IS NULL"


@dataclass(frozen=True)
class Bounds:
    """Window ends in (start_us, end_us], and how far before them lies what decides about them."""

    start_us: int
    end_us: int
    reach_us: int
    closed: str

    def within(self, first_us: int) -> str:
        """The condition that an instant lies between `first_us` and the slice's end."""
        if self.closed == "right":
            return f"{INSTANT} > {first_us} AND {INSTANT} <= {self.end_us}"
        return f"{INSTANT} >= {first_us} AND {INSTANT} < {self.end_us}"

    @property
    def own(self) -> str:
        """The condition that an event is counted by this slice."""
        return self.within(self.start_us)

    @property
    def reach(self) -> str:
        """The condition that an event may decide about one of the slice's windows."""
        return self.within(self.start_us - self.reach_us)


def bounds_of(pipeline: Pipeline, start_us: int, end_us: int) -> Bounds:
    """The bounds of a slice of a pipeline."""
    windows, ready = pipeline.windows, isinstance(pipeline.source, WindowsSource)
    closed = windows.closed if isinstance(windows, GridWindows) and not ready else "right"
    return Bounds(start_us, end_us, pipeline.reach_us, closed)


def keeps_duplicates(pipeline: Pipeline) -> bool:
    """Whether equal events count each. Of windows that are ready-made, a key has one per end."""
    source = pipeline.source
    return source.duplicates == "keep" and not isinstance(source, WindowsSource)


def events(pipeline: Pipeline, bounds: Bounds) -> str:
    """`events`: the good ones within reach, each once unless duplicates are kept."""
    columns = [INSTANT, *map(quoted, event_columns(pipeline))]
    if isinstance(pipeline.source, WindowsSource):
        columns.append(START)
    distinct = "" if keeps_duplicates(pipeline) else "DISTINCT "
    return f"SELECT {distinct}{', '.join(columns)} FROM parsed WHERE {GOOD} AND {bounds.reach}"


def counts(bounds: Bounds) -> str:
    """Good and bad events that this slice counts; late ones among the good; copies."""
    good = f"{GOOD} AND {bounds.own}"
    return (
        f"SELECT count(*) FILTER ({good}), count(*) FILTER ({bad(bounds)}), "
        f"count(*) FILTER ({good} AND {LATE}), coalesce(sum({COPIES}) FILTER ({bounds.own}), 0) "
        "FROM parsed"
    )


def bad(bounds: Bounds) -> str:
    """The condition that an event breaks a rule and is counted by this slice.

    One without a timestamp lies in no slice's range; whoever owns the piece counts it.
    """
    broken = f"{REASON} IS NOT NULL"
    return f"{broken} AND (({bounds.own}) OR ({INSTANT} IS NULL AND {OWNED}))"


def quarantined(bounds: Bounds) -> str:
    """The bad events: reason, file, and the row as JSON."""
    return (
        f'SELECT {REASON} AS reason, {FILE} AS "file", {ROW} AS row FROM parsed WHERE {bad(bounds)}'
    )


def buckets(pipeline: Pipeline, events_per_bucket: int) -> str:
    """Every key and its BUCKET: neighbouring keys that have about so many events together."""
    keys = ", ".join(quoted(key_column(name)) for name in pipeline.keys)
    before = f"sum(events) OVER (ORDER BY {keys}) - events"
    return (
        f"SELECT {keys}, CAST(({before}) // {events_per_bucket} AS BIGINT) AS {BUCKET} "
        f"FROM (SELECT {keys}, count(*) AS events FROM events GROUP BY ALL)"
    )


def windows(pipeline: Pipeline, bounds: Bounds, bucket: int | None = None) -> str:
    """The windows of `events`: keys, window_start, window_end, aggregates; by key and time.

    With `bucket`, only those of the keys in that bucket.
    """
    source = "events"
    if bucket is not None:
        using = ", ".join(quoted(key_column(name)) for name in pipeline.keys)
        source += f" SEMI JOIN (SELECT * FROM buckets WHERE {BUCKET} = {bucket}) USING ({using})"
    shape = shape_of(pipeline, source)
    keys = [quoted(key_column(name)) for name in pipeline.keys]
    selected = [
        *(f"{quoted(key_column(name))} AS {quoted(name)}" for name in pipeline.keys),
        f"make_timestamptz({shape.start}) AS window_start",
        f"make_timestamptz({shape.end}) AS window_end",
        *(f"{value_of(a)} AS {quoted(name)}" for name, a in pipeline.aggregates.items()),
    ]
    return (
        f"SELECT {', '.join(selected)} FROM ({shape.placed}) "
        f"GROUP BY {', '.join([*keys, *shape.apart])} "
        f"HAVING {shape.end} > {bounds.start_us} AND {shape.end} <= {bounds.end_us} "
        f"ORDER BY {', '.join(keys)}, window_end"
    )
