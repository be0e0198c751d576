"""The SQL of an aggregation: events checked, then windowed. Text only; nothing runs here.

Three relations follow each other:

    raw      the source's columns as they are, and FILE, OWNED
    parsed   INSTANT (microseconds since 1970-01-01 UTC), keys as text, measures as numbers or text,
             and REASON: null, or the rule that the event breaks
    events   what is left, within reach of the slice's windows

Columns of ours have a prefix, because a source may name its own columns as it likes.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.durations import UNITS_US
from domain.pipeline import Pipeline
from domain.pipeline.windows import (
    Aggregate,
    Condition,
    CountAggregate,
    CountWhereAggregate,
    QuantileAggregate,
)
from domain.windows import ZERO_HOUR_US

FILE, OWNED = '"windrow:file"', '"windrow:owned"'
INSTANT, REASON, END = '"windrow:instant"', '"windrow:reason"', '"windrow:end"'
BUCKET = '"windrow:bucket"'

LONGEST_KEY = 200
FIRST_US, LAST_US = ZERO_HOUR_US, 253_402_300_799_999_999
"""From year 1 to the end of year 9999: what Python's datetime and SQL's DATETIME2 can say."""

FUNCTIONS = {
    "mean": "avg",
    "std": "stddev_samp",
    "min": "min",
    "max": "max",
    "sum": "sum",
    "median": "median",
}


def quoted(name: str) -> str:
    """An identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string constant, whatever is in it."""
    return "'" + text.replace("'", "''") + "'"


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


def parsed(pipeline: Pipeline, types: dict[str, str]) -> str:
    """`parsed`, from `raw` whose columns have the DuckDB types `types`."""
    source = pipeline.source
    instant = _instant(
        source.timestamp, types[source.timestamp], source.timestamp_unit, source.time_zone
    )
    stamp = f"CASE WHEN {instant} BETWEEN {FIRST_US} AND {LAST_US} THEN {instant} END"
    columns = {}
    for ours, theirs in source.key.items():
        columns[_key(ours)] = f"nullif(trim({_key_text(theirs, types[theirs])}), '')"
    for name in sorted(pipeline.numeric_columns):
        columns[_measure(name)] = _number(name, types[name])
    for name in sorted(pipeline.text_columns | pipeline.counted_columns):
        columns[_measure(name)] = f"CAST({quoted(name)} AS VARCHAR)"
    selected = ", ".join(f"{expression} AS {quoted(n)}" for n, expression in columns.items())
    return (
        f"SELECT *, {_reason(pipeline, types)} AS {REASON} "
        f"FROM (SELECT *, {stamp} AS {INSTANT}, {selected} FROM raw)"
    )


def events(pipeline: Pipeline, bounds: Bounds) -> str:
    """`events`: the good ones within reach, each once unless duplicates are kept."""
    columns = ", ".join([INSTANT, *map(quoted, event_columns(pipeline))])
    distinct = "DISTINCT " if pipeline.source.duplicates == "drop" else ""
    return f"SELECT {distinct}{columns} FROM parsed WHERE {REASON} IS NULL AND {bounds.reach}"


def counts(bounds: Bounds) -> str:
    """Good and bad events that this slice counts."""
    good = f"{REASON} IS NULL AND {bounds.own}"
    return f"SELECT count(*) FILTER ({good}), count(*) FILTER ({bad(bounds)}) FROM parsed"


def bad(bounds: Bounds) -> str:
    """The condition that an event breaks a rule and is counted by this slice.

    One without a timestamp lies in no slice's range; whoever owns the piece counts it.
    """
    return f"{REASON} IS NOT NULL AND (({bounds.own}) OR ({INSTANT} IS NULL AND {OWNED}))"


def quarantined(pipeline: Pipeline, bounds: Bounds) -> str:
    """The bad events: reason, file, and the row as JSON."""
    source = pipeline.source
    names = [source.timestamp, *source.key.values(), *_measured(pipeline)]
    fields = ", ".join(f"{literal(n)}: {quoted(n)}" for n in dict.fromkeys(names))
    row = f"CAST(to_json({{{fields}}}) AS VARCHAR) AS row"
    return f'SELECT {REASON} AS reason, {FILE} AS "file", {row} FROM parsed WHERE {bad(bounds)}'


def buckets(pipeline: Pipeline, events_per_bucket: int) -> str:
    """Every key and its BUCKET: neighbouring keys that have about so many events together."""
    keys = ", ".join(quoted(_key(name)) for name in pipeline.keys)
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
        using = ", ".join(quoted(_key(name)) for name in pipeline.keys)
        source += f" SEMI JOIN (SELECT * FROM buckets WHERE {BUCKET} = {bucket}) USING ({using})"
    keys = [f"{quoted(_key(name))} AS {quoted(name)}" for name in pipeline.keys]
    found = [f"{_aggregate(a)} AS {quoted(name)}" for name, a in pipeline.aggregates.items()]
    stamps = [
        f"make_timestamptz({END} - {bounds.size_us}) AS window_start",
        f"make_timestamptz({END}) AS window_end",
    ]
    group = ", ".join([*(quoted(_key(name)) for name in pipeline.keys), END])
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


def event_columns(pipeline: Pipeline) -> list[str]:
    """The columns of `events` besides the instant."""
    return [*map(_key, pipeline.keys), *map(_measure, _measured(pipeline))]


def _measured(pipeline: Pipeline) -> list[str]:
    return sorted(pipeline.numeric_columns | pipeline.text_columns | pipeline.counted_columns)


def _key(name: str) -> str:
    return f"key:{name}"


def _measure(name: str) -> str:
    return f"measure:{name}"


def _key_text(name: str, type_: str) -> str:
    """A key as text. pandas makes numbers of a column with gaps float: 7.0 is still the device 7,
    whatever the other files of the same slice have."""
    column = quoted(name)
    if type_ not in ("FLOAT", "DOUBLE"):
        return f"CAST({column} AS VARCHAR)"
    whole = f"{column} = trunc({column}) AND abs({column}) < 1e15"
    return (
        f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) "
        f"ELSE CAST({column} AS VARCHAR) END"
    )


def _instant(name: str, type_: str, unit: str | None, time_zone: str) -> str:
    """Microseconds since 1970-01-01 UTC, or null. The connection's TimeZone is the source's."""
    column = quoted(name)
    if unit is not None:
        # 30 + 7 digits: the product always fits, and a number that does not is no instant.
        number = f"TRY_CAST({column} AS DECIMAL(30, 6))"
        return f"TRY_CAST({number} * CAST({UNITS_US[unit]} AS DECIMAL(7, 0)) AS BIGINT)"
    if type_ == "TIMESTAMP WITH TIME ZONE":
        stamp = column
    elif type_ == "TIMESTAMPTZ_NS":
        stamp = f"CAST({column} AS TIMESTAMPTZ)"
    elif type_.startswith("TIMESTAMP") and time_zone == "UTC":
        stamp = f"CAST({column} AS TIMESTAMP)"  # several times faster than by way of a zone
    else:
        stamp = f"TRY_CAST({column} AS TIMESTAMPTZ)"
    return f"CASE WHEN isfinite({stamp}) THEN epoch_us({stamp}) END"


def _number(name: str, type_: str) -> str:
    text = f"nullif(trim({quoted(name)}), '')" if type_ == "VARCHAR" else quoted(name)
    return f"TRY_CAST({text} AS DOUBLE)"


def _reason(pipeline: Pipeline, types: dict[str, str]) -> str:
    stamp = quoted(pipeline.source.timestamp)
    rules = [
        (f"{stamp} IS NULL", literal(f"timestamp `{pipeline.source.timestamp}` is missing")),
        (
            f"{INSTANT} IS NULL",
            _got(f"timestamp `{pipeline.source.timestamp}` must be an instant", stamp),
        ),
    ]
    for ours, theirs in pipeline.source.key.items():
        key = quoted(_key(ours))
        rules += [
            (f"{key} IS NULL", literal(f"key `{theirs}` is missing")),
            (
                f"length({key}) > {LONGEST_KEY}",
                literal(f"key `{theirs}` must have at most {LONGEST_KEY} characters"),
            ),
        ]
    numeric = sorted(pipeline.numeric_columns)
    for name in numeric:
        raw, number = quoted(name), quoted(_measure(name))
        given = f"nullif(trim({raw}), '')" if types[name] == "VARCHAR" else raw
        rules += [
            (f"{given} IS NOT NULL AND {number} IS NULL", _got(f"`{name}` must be a number", raw)),
            (f"NOT isfinite({number})", _got(f"`{name}` must be finite", raw)),
        ]
    measured = _measured(pipeline)
    if measured:
        nothing = " AND ".join(f"{quoted(_measure(name))} IS NULL" for name in measured)
        names = ", ".join(f"`{name}`" for name in measured)
        rules.append((nothing, literal(f"no value in {names}")))
    return "CASE " + " ".join(f"WHEN {test} THEN {reason}" for test, reason in rules) + " END"


def _got(rule: str, raw: str) -> str:
    return f"{literal(rule + '; got ')} || left(CAST({raw} AS VARCHAR), 100)"


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
        inside = "*" if aggregate.column is None else quoted(_measure(aggregate.column))
        return f"count({inside})"
    if isinstance(aggregate, CountWhereAggregate):
        return f"count(*) FILTER ({_condition(aggregate.where)})"
    column = quoted(_measure(aggregate.column))
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
    return f"{quoted(_measure(condition.column))} {op} {constant}"
