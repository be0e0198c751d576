"""The SQL that checks the events of a batch.

    raw   the source's columns as text, and PLACE, ENQUEUED (arrival), GIVEN (a reason from before)

The same SQL comes first that checks events in files, so rules and reasons are the same. What text
must be, and the first two steps of the time policy, follow; `domain/time_policy.py` is the
definition of these.
"""

from __future__ import annotations

from adapters.aggregation.columns import (
    INSTANT,
    REASON,
    event_columns,
    key_column,
    literal,
    measure_column,
    quoted,
)
from adapters.aggregation.parsing_sql import parsed
from domain.durations import microseconds
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource

LONGEST_TEXT = 4_000
PLACE, ENQUEUED, GIVEN = "windrow:place", "windrow:enqueued", "windrow:given"
EFFECTIVE = '"windrow:effective"'


def checking_query(pipeline: Pipeline, source: EventsSource) -> str:
    """Selects place, reason (null: good; empty: the time policy does not take it), late,
    enqueued_us, event_us, effective_us, and the keys and measures of all events of `raw`."""
    place, enqueued = quoted(PLACE), quoted(ENQUEUED)
    late = source.late_arrival
    tolerance, limit = microseconds(late.tolerance), microseconds(late.limit)
    behind = f"({enqueued} - {INSTANT})"
    taken_late = {
        "adjust": f"{enqueued} - {tolerance}",
        "drop": "NULL",
        "rescore": f"CASE WHEN {behind} <= {limit} THEN {INSTANT} END",
    }[late.policy]
    effective = (
        f"CASE WHEN -{behind} > {microseconds(source.early_arrival)} THEN NULL "
        f"WHEN {behind} <= {tolerance} THEN {INSTANT} ELSE {taken_late} END"
    )
    types = dict.fromkeys(pipeline.source_columns, "VARCHAR")
    not_taken = f"CASE WHEN {EFFECTIVE} IS NULL THEN '' END"  # said for people in `_reason`
    columns = ", ".join(map(quoted, event_columns(pipeline)))
    return (
        f"SELECT {place} AS place, "
        f"coalesce({quoted(GIVEN)}, {REASON}, {_text_reason(pipeline)}, {not_taken}) AS reason, "
        f"{behind} > {tolerance} AS late, {enqueued} AS enqueued_us, {INSTANT} AS event_us, "
        f"{EFFECTIVE} AS effective_us, {columns} "
        f"FROM (SELECT *, {effective} AS {EFFECTIVE} FROM ({parsed(pipeline, types)}))"
    )


def _text_reason(pipeline: Pipeline) -> str:
    """What text must be beyond the rules for files, where a person wrote the columns down."""
    rules = []
    for ours, theirs in pipeline.source.key.items():
        rules.append((f"contains({quoted(key_column(ours))}, chr(0))", _no_nul(f"key `{theirs}`")))
    for name in sorted(pipeline.text_columns | pipeline.counted_columns):
        column = quoted(measure_column(name))
        rule = literal(f"`{name}` must have at most {LONGEST_TEXT} characters; got ")
        rules += [
            (f"length({column}) > {LONGEST_TEXT}", f"{rule} || length({column})"),
            (f"contains({column}, chr(0))", _no_nul(f"`{name}`")),
        ]
    return "CASE " + " ".join(f"WHEN {test} THEN {reason}" for test, reason in rules) + " END"


def _no_nul(what: str) -> str:
    return literal(f"{what} must not have the character NUL")
