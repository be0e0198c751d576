"""The steps before the windows: events that keep Windrow's rules, each once.

read_events      keys as text, measures as numbers or text
checked_events   those that keep the rules of every source (docs/pipelines.md): a key is text of 1
                 to 200 characters, a number is a number, and some measure has a value
distinct_events  one of those that are equal in timestamp, key and every measure
"""

from __future__ import annotations

from domain.pipeline import Pipeline
from domain.stream_analytics.columns import INSTANT, SESSION_KEY, Columns
from domain.stream_analytics.names import TEXT, bracketed, field, literal
from domain.stream_analytics.windows import STAMP

LONGEST_KEY = 200
EPOCH = literal("1970-01-01T00:00:00Z")
PER_UNIT = {"s": 1_000_000, "ms": 1_000}
"""Microseconds in a unit."""


def read_events(pipeline: Pipeline, columns: Columns, input_name: str) -> list[str]:
    """The SELECT that reads the input, line by line."""
    selected = []
    for ours, name in columns.keys.items():
        raw = field(pipeline, pipeline.source.key[ours], input_name)
        selected.append(f"TRIM(TRY_CAST({raw} AS {TEXT})) AS {bracketed(name)}")
    for measure, name in columns.measures.items():
        raw, kind = field(pipeline, measure, input_name), TEXT
        if measure in columns.texts:
            text = bracketed(columns.texts[measure])
            selected.append(f"TRIM(TRY_CAST({raw} AS {TEXT})) AS {text}")
            kind = "float"
        selected.append(f"TRY_CAST({raw} AS {kind}) AS {bracketed(name)}")
    source = f"FROM {bracketed(input_name)} TIMESTAMP BY {_instant(pipeline, input_name)}"
    return ["SELECT", *_listed(selected), source]


def checked_events(columns: Columns, events: str) -> list[str]:
    """The SELECT that leaves out events that break a rule."""
    keys = [bracketed(name) for name in columns.keys.values()]
    measures = [bracketed(name) for name in columns.measures.values()]
    selected = [*keys, *measures]
    if columns.has_session_key:
        selected.append(f"{_session_key(keys)} AS {bracketed(SESSION_KEY)}")
    for measure, name in columns.missing.items():
        value = bracketed(columns.measures[measure])
        selected.append(f"CASE WHEN {value} IS NULL THEN 1 ELSE 0 END AS {bracketed(name)}")
    if columns.missing:
        selected.append(f"{STAMP} AS {bracketed(INSTANT)}")
    rules = [f"LEN({key}) > 0 AND LEN({key}) <= {LONGEST_KEY}" for key in keys]
    for measure, name in columns.texts.items():
        value, text = bracketed(columns.measures[measure]), bracketed(name)
        rules.append(f"({value} IS NOT NULL OR {text} IS NULL OR {text} = '')")
    if measures:
        rules.append("(" + " OR ".join(f"{measure} IS NOT NULL" for measure in measures) + ")")
    where = [f"{'WHERE' if i == 0 else '    AND'} {rule}" for i, rule in enumerate(rules)]
    return ["SELECT", *_listed(selected), f"FROM {bracketed(events)}", *where]


def distinct_events(columns: Columns, events: str) -> list[str]:
    """The SELECT that makes one of equal events.

    A snapshot window that is grouped by every column keeps each event's own timestamp:
    https://learn.microsoft.com/stream-analytics-query/snapshot-window-azure-stream-analytics
    """
    kept = [bracketed(name) for name in columns.checked]
    instant = [f"{STAMP} AS {bracketed(INSTANT)}"] if columns.missing else []
    return [
        "SELECT",
        *_listed([*kept, *instant]),
        f"FROM {bracketed(events)}",
        "GROUP BY",
        *_listed([*kept, STAMP]),
    ]


def _session_key(keys: list[str]) -> str:
    """All keys as one; their lengths make sure that no two sets of keys look alike."""
    parts = [f"CAST(LEN({key}) AS {TEXT}), ':', {key}" for key in keys]
    return f"CONCAT({', '.join(parts)})"


def _instant(pipeline: Pipeline, input_name: str) -> str:
    """When an event happened. Numbers become whole microseconds, the nearest ones."""
    source = pipeline.source
    stamp = field(pipeline, source.timestamp, input_name)
    if source.timestamp_unit is None:
        return stamp
    whole = stamp
    if source.timestamp_unit in PER_UNIT:
        factor = PER_UNIT[source.timestamp_unit]
        whole = f"FLOOR(TRY_CAST({stamp} AS float) * {factor} + 0.5)"
    return f"DATEADD(microsecond, TRY_CAST({whole} AS bigint), {EPOCH})"


def _listed(items: list[str]) -> list[str]:
    return [f"    {item}{',' if i < len(items) - 1 else ''}" for i, item in enumerate(items)]
