"""Which events of a batch are good, and which instant each counts for.

What a person reads about the time policy is said here; the rules are SQL (`checking_sql.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from adapters.aggregation.columns import literal
from adapters.landing.arrived import Arrived
from adapters.landing.bodies import Record, records
from adapters.landing.checking_sql import ENQUEUED, GIVEN, PLACE, checking_query
from adapters.landing.fields import text_columns
from domain.durations import UNITS_US, format_duration
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource

MEMORY = "256MB"
VERDICT = ["place", "reason", "enqueued_us", "event_us"]


@dataclass(frozen=True)
class Bad:
    """A record that is not taken: why, where it came from, and its own bytes."""

    reason: str
    arrived: Arrived
    position: int
    body: bytes


@dataclass(frozen=True)
class Checked:
    """What a batch came to. `good` has the columns of a raw file, in the batch's order; `late` of
    them came later than the tolerance."""

    good: pa.Table
    late: int
    bad: tuple[Bad, ...]


def check(pipeline: Pipeline, source: EventsSource, batch: Sequence[Arrived]) -> Checked:
    """Decodes and checks the events of a batch, all of one partition."""
    found = [
        (arrived, position, record)
        for arrived in batch
        for position, record in enumerate(records(arrived.body))
    ]
    return check_records(pipeline, source, found)


def check_records(
    pipeline: Pipeline, source: EventsSource, found: Sequence[tuple[Arrived, int, Record]]
) -> Checked:
    """Checks records of one partition: what brought each, its position in there, itself."""
    bad = [
        (place, record.reason)
        for place, (_, _, record) in enumerate(found)
        if record.reason is not None
    ]
    objects = [
        (place, record.value)
        for place, (_, _, record) in enumerate(found)
        if record.value is not None
    ]
    outcome = _run(
        pipeline,
        source,
        [value for _, value in objects],
        [place for place, _ in objects],
        [found[place][0].enqueued_us for place, _ in objects],
    )
    verdicts = outcome["reason"].to_pylist()
    if any(reason is not None for reason in verdicts):
        refused = outcome.select(VERDICT).filter(outcome["reason"].is_valid())
        bad += [(row["place"], _reason(row, source)) for row in refused.to_pylist()]
        outcome = outcome.filter(outcome["reason"].is_null())
    return Checked(
        good=_raw_rows(outcome, found),
        late=outcome["late"].to_pylist().count(True),
        bad=tuple(_bad(found, place, reason) for place, reason in sorted(bad)),
    )


def _bad(found: Sequence[tuple[Arrived, int, Record]], place: int, reason: str) -> Bad:
    arrived, position, record = found[place]
    return Bad(reason, arrived, position, record.raw)


def _raw_rows(outcome: pa.Table, found: Sequence[tuple[Arrived, int, Record]]) -> pa.Table:
    """The columns of a raw file."""
    origins = [found[place] for place in outcome["place"].to_pylist()]
    ids = {
        "partition": pa.array([arrived.partition for arrived, _, _ in origins], pa.string()),
        "sequence": pa.array([arrived.sequence for arrived, _, _ in origins], pa.int64()),
        "position": pa.array([position for _, position, _ in origins], pa.int32()),
    }
    rest = outcome.drop_columns(["place", "reason", "late"])
    return pa.table({**ids, **dict(zip(rest.column_names, rest.columns, strict=True))})


@functools.cache
def _database() -> duckdb.DuckDBPyConnection:
    """One for the process: opening it takes longer than checking a batch."""
    return duckdb.connect(
        ":memory:",
        config={
            "threads": "1",
            "memory_limit": MEMORY,
            "temp_directory": "",
            "autoinstall_known_extensions": "false",
        },
    )


def _run(
    pipeline: Pipeline,
    source: EventsSource,
    objects: Sequence[dict[str, Any]],
    places: Sequence[int],
    enqueued: Sequence[int],
) -> pa.Table:
    """place, reason, late, enqueued_us, event_us, effective_us, and the keys and measures."""
    columns, given = text_columns(pipeline, objects)
    raw = pa.table(
        {
            **columns,
            PLACE: pa.array(places, pa.int64()),
            ENQUEUED: pa.array(enqueued, pa.int64()),
            GIVEN: pa.array(map(given.get, range(len(objects))), pa.string()),
        }
    )
    with _database().cursor() as database:
        database.execute(f"SET TimeZone = {literal(source.time_zone)}")
        database.register("raw", raw)
        return database.sql(checking_query(pipeline, source)).to_arrow_table()


def _reason(row: dict[str, Any], source: EventsSource) -> str:
    """The rule that an event breaks; those of the time policy are said here, for people."""
    if row["reason"]:
        return str(row["reason"])
    late = source.late_arrival
    behind = row["enqueued_us"] - row["event_us"]
    if behind < 0:
        early = format_duration(source.early_arrival)
        return f"`{source.timestamp}` is {_said(-behind)} ahead of its arrival; at most {early}"
    most = late.limit if late.policy == "rescore" else late.tolerance
    return f"late by {_said(behind)}; at most {format_duration(most)}"


def _said(us: int) -> str:
    """A length of time with all its units: 2h 3m 5s."""
    parts = []
    for unit, length in sorted(UNITS_US.items(), key=lambda item: -item[1]):
        count, us = divmod(us, length)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts)
