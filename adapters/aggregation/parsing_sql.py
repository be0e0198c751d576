"""The SQL that checks events: `parsed`, from the source's columns as they are.

raw      the source's columns, and FILE, OWNED
parsed   INSTANT (microseconds since 1970-01-01 UTC), keys as text, measures as numbers or text;
         REASON: null, or the rule that the event breaks; ROW: the event as JSON, for people;
         LATE, COPIES: whether a stream's event was late, how often it came again; FILE, OWNED
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from adapters.aggregation.columns import (
    COPIES,
    INSTANT,
    LATE,
    REASON,
    ROW,
    key_column,
    literal,
    measure_column,
    quoted,
)
from domain.durations import UNITS_US
from domain.pipeline import Pipeline
from domain.pipeline.source import Readings, WindowsSource
from domain.windows import ZERO_HOUR_US

LONGEST_KEY = 200
FIRST_US, LAST_US = ZERO_HOUR_US, 253_402_300_799_999_999
"""From year 1 to the end of year 9999: what Python's datetime and SQL's DATETIME2 can say."""


Pair = tuple[str, str]
"""Of a column its name and expression; of a rule the condition that breaks it, and the reason."""


def make_parsed(database: duckdb.DuckDBPyConnection, pipeline: Pipeline) -> None:
    """Makes the view `parsed` of the relation `raw`."""
    database.execute(f"CREATE VIEW parsed AS {parsed(pipeline, types_of_raw(database))}")


def types_of_raw(database: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """DuckDB's types of the columns of `raw`."""
    rows = database.execute("SELECT column_name, column_type FROM (DESCRIBE raw)").fetchall()
    return {name: str(type_) for name, type_ in rows}


def parsed(
    pipeline: Pipeline,
    types: dict[str, str],
    more_columns: Sequence[Pair] = (),
    more_rules: Sequence[Pair] = (),
) -> str:
    """`parsed`, from `raw` whose columns have the DuckDB types `types`.

    `more_columns` have quoted names, and are made of the source's columns; `more_rules` come after
    those that hold for every source.
    """
    source = pipeline.source
    stamp = instant_of(source, source.timestamp, types)
    columns = {}
    for ours, theirs in source.key.items():
        columns[key_column(ours)] = f"nullif(trim({_key_text(theirs, types[theirs])}), '')"
    for name in sorted(pipeline.numeric_columns):
        columns[measure_column(name)] = _number(name, types[name])
    for name in sorted(pipeline.text_columns | pipeline.counted_columns):
        columns[measure_column(name)] = f"CAST({quoted(name)} AS VARCHAR)"
    selected = ", ".join(f"{expression} AS {quoted(n)}" for n, expression in columns.items())
    selected += "".join(f", {expression} AS {name}" for name, expression in more_columns)
    fields = ", ".join(f"{literal(n)}: {quoted(n)}" for n in pipeline.source_columns)
    return (
        f"SELECT *, {_reason(pipeline, types, more_rules)} AS {REASON}, "
        f"false AS {LATE}, 0 AS {COPIES}, CAST(to_json({{{fields}}}) AS VARCHAR) AS {ROW} "
        f"FROM (SELECT *, {stamp} AS {INSTANT}, {selected} FROM raw)"
    )


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


def instant_of(source: Readings, name: str, types: dict[str, str]) -> str:
    """A column as an instant, in microseconds since 1970-01-01 UTC; null if it is none."""
    instant = _microseconds(name, types[name], source.timestamp_unit, source.time_zone)
    return f"CASE WHEN {instant} BETWEEN {FIRST_US} AND {LAST_US} THEN {instant} END"


def _microseconds(name: str, type_: str, unit: str | None, time_zone: str) -> str:
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


def _reason(pipeline: Pipeline, types: dict[str, str], more: Sequence[Pair]) -> str:
    stamp = quoted(pipeline.source.timestamp)
    rules = [
        (f"{stamp} IS NULL", literal(f"timestamp `{pipeline.source.timestamp}` is missing")),
        (
            f"{INSTANT} IS NULL",
            got(f"timestamp `{pipeline.source.timestamp}` must be an instant", stamp),
        ),
    ]
    for ours, theirs in pipeline.source.key.items():
        key = quoted(key_column(ours))
        rules += [
            (f"{key} IS NULL", literal(f"key `{theirs}` is missing")),
            (
                f"length({key}) > {LONGEST_KEY}",
                literal(f"key `{theirs}` must have at most {LONGEST_KEY} characters"),
            ),
        ]
    numeric = sorted(pipeline.numeric_columns)
    for name in numeric:
        raw, number = quoted(name), quoted(measure_column(name))
        given = f"nullif(trim({raw}), '')" if types[name] == "VARCHAR" else raw
        rules += [
            (f"{given} IS NOT NULL AND {number} IS NULL", got(f"`{name}` must be a number", raw)),
            (f"NOT isfinite({number})", got(f"`{name}` must be finite", raw)),
        ]
    measured = pipeline.measures
    # A window may be empty: the only value of an aggregate may have been missing, or alone.
    if measured and not isinstance(pipeline.source, WindowsSource):
        nothing = " AND ".join(f"{quoted(measure_column(name))} IS NULL" for name in measured)
        names = ", ".join(f"`{name}`" for name in measured)
        rules.append((nothing, literal(f"no value in {names}")))
    rules += more
    return "CASE " + " ".join(f"WHEN {test} THEN {reason}" for test, reason in rules) + " END"


def got(rule: str, raw: str) -> str:
    """The reason of a rule with the value that breaks it."""
    return f"{literal(rule + '; got ')} || left(CAST({raw} AS VARCHAR), 100)"
