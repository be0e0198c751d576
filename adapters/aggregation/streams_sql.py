"""The SQL that turns landed events into `parsed`: they were checked when they landed.

What is left to do needs more than one event: to leave out what was delivered again, and to apply
the last step of the time policy, which `overtaking` in `domain/time_policy.py` defines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from adapters.aggregation.columns import (
    COPIES,
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
from domain.durations import microseconds
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource

EVENT_ID = "partition, sequence, position, enqueued_us"
"""What an event is known by. The arrival belongs to it: a hub that is made anew counts from 0."""


def files_sql(paths: Iterable[Path]) -> str:
    """The landed events of local files, with every column that one of them has."""
    names = ", ".join(literal(str(path)) for path in paths)
    return f"read_parquet([{names}], union_by_name=true)"


def make_parsed(
    database: duckdb.DuckDBPyConnection, pipeline: Pipeline, paths: Sequence[Path]
) -> None:
    """Makes `parsed` from landed files; a table, since each event is looked up among all."""
    source = pipeline.source
    assert isinstance(source, EventsSource)  # noqa: S101 (only called for streams)
    wanted = event_columns(pipeline)
    if not paths:
        types = ", ".join(f"NULL::{_type(pipeline, name)} AS {quoted(name)}" for name in wanted)
        ids = "NULL::VARCHAR AS partition, 0 AS sequence, 0 AS position, 0 AS enqueued_us"
        landed = f"(SELECT {ids}, 0 AS event_us, 0 AS effective_us, {types} WHERE false)"
        there = set(wanted)
    else:
        landed = files_sql(paths)
        rows = database.execute(f"SELECT column_name FROM (DESCRIBE FROM {landed})").fetchall()
        there = {str(name) for (name,) in rows}
    columns = ", ".join(_column(pipeline, name, there) for name in wanted)
    once = (
        f"SELECT {EVENT_ID}, any_value(event_us) AS event_us, "
        f"any_value(effective_us) AS effective_us, {columns}, count(*) - 1 AS {COPIES} "
        f"FROM {landed} GROUP BY {EVENT_ID}"
    )
    tolerance = microseconds(source.late_arrival.tolerance)
    given = ", ".join(map(quoted, wanted))
    database.execute(
        f"CREATE TABLE parsed AS SELECT {_instant(source)} AS {INSTANT}, {given}, "
        f"{_reason(pipeline, source)} AS {REASON}, {COPIES}, "
        f"enqueued_us - event_us > {tolerance} AS {LATE}, {_row(pipeline)} AS {ROW}, "
        f"'partition ' || partition || ', sequence number ' || sequence AS {FILE}, "
        f"true AS {OWNED} FROM (SELECT *, {_latest(source)} AS latest_us FROM ({once}))"
    )


def _type(pipeline: Pipeline, name: str) -> str:
    numeric = {measure_column(column) for column in pipeline.numeric_columns}
    return "DOUBLE" if name in numeric else "VARCHAR"


def _column(pipeline: Pipeline, name: str, there: set[str]) -> str:
    """A column, also if it landed before the pipeline had it, or had it with another type."""
    type_ = _type(pipeline, name)
    value = f"TRY_CAST(any_value({quoted(name)}) AS {type_})" if name in there else f"NULL::{type_}"
    return f"{value} AS {quoted(name)}"


def _latest(source: EventsSource) -> str:
    """The latest effective time among the events of the same partition that came before."""
    if source.out_of_order is None:
        return "NULL::BIGINT"
    return (
        "max(effective_us) OVER (PARTITION BY partition ORDER BY sequence, position "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )


def _overtaken(source: EventsSource) -> str:
    rule = source.out_of_order
    return f"latest_us - effective_us > {microseconds(rule.tolerance)}" if rule else "false"


def _instant(source: EventsSource) -> str:
    rule = source.out_of_order
    if rule is None or rule.policy == "drop":
        return "effective_us"
    adjusted = f"latest_us - {microseconds(rule.tolerance)}"
    return f"CASE WHEN {_overtaken(source)} THEN {adjusted} ELSE effective_us END"


def _reason(pipeline: Pipeline, source: EventsSource) -> str:
    rules = [
        (f"{quoted(key_column(ours))} IS NULL", literal(f"key `{theirs}` is missing"))
        for ours, theirs in source.key.items()
    ]
    if source.out_of_order is not None and source.out_of_order.policy == "drop":
        rules.append((_overtaken(source), literal("out of order: a later event came before")))
    if pipeline.measures:
        measures = [quoted(measure_column(name)) for name in pipeline.measures]
        nothing = " AND ".join(f"{measure} IS NULL" for measure in measures)
        names = ", ".join(f"`{name}`" for name in pipeline.measures)
        rules.append((nothing, literal(f"no value in {names}")))
    return "CASE " + " ".join(f"WHEN {test} THEN {reason}" for test, reason in rules) + " END"


def _row(pipeline: Pipeline) -> str:
    """The event as JSON, under the source's names."""
    source = pipeline.source
    fields = {source.timestamp: "make_timestamptz(event_us)"}
    fields |= {theirs: quoted(key_column(ours)) for ours, theirs in source.key.items()}
    fields |= {name: quoted(measure_column(name)) for name in pipeline.measures}
    told = ", ".join(f"{literal(name)}: {value}" for name, value in fields.items())
    return f"CAST(to_json({{{told}}}) AS VARCHAR)"
