"""The SQL that turns checked events into windows. Text only; nothing runs here.

    parsed   every event that was read (see `parsing_sql.py`)
    events   the good ones within reach of the slice's windows

`domain/windows.py` is the definition that this says in SQL.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.aggregation.columns import (
    BUCKET,
    COPY,
    END,
    FILE,
    INSTANT,
    LATE,
    OWNED,
    REASON,
    ROW,
    event_columns,
    key_column,
    literal,
    measure_column,
    quoted,
)
from domain.pipeline import Pipeline
from domain.pipeline.windows import (
    Aggregate,
    Condition,
    CountAggregate,
    CountWhereAggregate,
    QuantileAggregate,
)
from domain.windows import ZERO_HOUR_US

FUNCTIONS = {
    "mean": "avg",
    "std": "stddev_samp",
    "min": "min",
    "max": "max",
    "sum": "sum",
    "median": "median",
}

GOOD = f"{REASON} IS NULL AND NOT {COPY}"


@dataclass(frozen=True)
class Bounds:
    """Window ends in (start_us, end_us], and the pipeline's windows."""

    start_us: int
    end_us: int
    size_us: int
    hop_us: int
    offset_us: int
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
        """The condition that an event lies in one of the slice's windows, or nearly."""
        return self.within(self.start_us - self.size_us)


def bounds_of(pipeline: Pipeline, start_us: int, end_us: int) -> Bounds:
    """The bounds of a slice of a pipeline."""
    w = pipeline.windows
    return Bounds(start_us, end_us, w.size_us, w.hop_us, w.offset_us, w.closed)


def events(pipeline: Pipeline, bounds: Bounds) -> str:
    """`events`: the good ones within reach, each once unless duplicates are kept."""
    columns = ", ".join([INSTANT, *map(quoted, event_columns(pipeline))])
    distinct = "DISTINCT " if pipeline.source.duplicates == "drop" else ""
    return f"SELECT {distinct}{columns} FROM parsed WHERE {GOOD} AND {bounds.reach}"


def counts(bounds: Bounds) -> str:
    """Good and bad events that this slice counts; late ones among the good; copies."""
    good = f"{GOOD} AND {bounds.own}"
    return (
        f"SELECT count(*) FILTER ({good}), count(*) FILTER ({bad(bounds)}), "
        f"count(*) FILTER ({good} AND {LATE}), count(*) FILTER ({COPY} AND {bounds.own}) "
        "FROM parsed"
    )


def bad(bounds: Bounds) -> str:
    """The condition that an event breaks a rule and is counted by this slice.

    One without a timestamp lies in no slice's range; whoever owns the piece counts it.
    """
    broken = f"{REASON} IS NOT NULL AND NOT {COPY}"
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
    keys = [f"{quoted(key_column(name))} AS {quoted(name)}" for name in pipeline.keys]
    found = [f"{_aggregate(a)} AS {quoted(name)}" for name, a in pipeline.aggregates.items()]
    stamps = [
        f"make_timestamptz({END} - {bounds.size_us}) AS window_start",
        f"make_timestamptz({END}) AS window_end",
    ]
    group = ", ".join([*(quoted(key_column(name)) for name in pipeline.keys), END])
    return (
        f"SELECT {', '.join([*keys, *stamps, *found])} "
        f"FROM (SELECT *, {_ends(bounds)} AS {END} FROM {source}) "
        f"WHERE {END} > {bounds.start_us} AND {END} <= {bounds.end_us} "
        f"GROUP BY {group} ORDER BY {group}"
    )


def collecting(pipeline: Pipeline) -> int:
    """How many aggregates keep all values of a window until it is complete."""
    functions = (a.function for a in pipeline.aggregates.values())
    return sum(function in ("median", "quantile") for function in functions)


def _ends(bounds: Bounds) -> str:
    """The ends of the windows that hold an instant; see `domain.windows.window_ends`."""
    origin = ZERO_HOUR_US + bounds.offset_us
    since = f"({INSTANT} - ({origin})" + (" - 1)" if bounds.closed == "right" else ")")
    # The instant is at or after the zero hour, so `since` is negative at most by the offset and
    # one: % takes the sign of its left side, hence the second %.
    past = f"((({since} % {bounds.hop_us}) + {bounds.hop_us}) % {bounds.hop_us})"
    first = f"({since} - {past} + {bounds.hop_us} + ({origin}))"
    if bounds.hop_us == bounds.size_us:
        return first
    beyond = f"{INSTANT} + {bounds.size_us}" + ("" if bounds.closed == "right" else " + 1")
    return f"unnest(range({first}, {beyond}, {bounds.hop_us}))"


def _aggregate(aggregate: Aggregate) -> str:
    if isinstance(aggregate, CountAggregate):
        inside = "*" if aggregate.column is None else quoted(measure_column(aggregate.column))
        return f"count({inside})"
    if isinstance(aggregate, CountWhereAggregate):
        return f"count(*) FILTER ({_condition(aggregate.where)})"
    column = quoted(measure_column(aggregate.column))
    if isinstance(aggregate, QuantileAggregate):
        return f"quantile_cont({column}, {aggregate.q!r})"
    if aggregate.function in ("first", "last"):
        order = f"ORDER BY {INSTANT}, {column}"
        return f"{aggregate.function}({column} {order}) FILTER ({column} IS NOT NULL)"
    return f"{FUNCTIONS[aggregate.function]}({column})"


def _condition(condition: Condition) -> str:
    value = condition.value
    constant = literal(value) if isinstance(value, str) else repr(value)
    op = {"==": "=", "!=": "<>"}.get(condition.op, condition.op)
    return f"{quoted(measure_column(condition.column))} {op} {constant}"
