"""The whole query: header, the steps that check events, and the windows."""

from __future__ import annotations

import re

from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.stream_analytics.aggregates import aggregate_sql
from domain.stream_analytics.columns import Columns, columns_of
from domain.stream_analytics.events import checked_events, distinct_events, read_events
from domain.stream_analytics.header import header
from domain.stream_analytics.names import bracketed, unlike
from domain.stream_analytics.unsupported import refuse_unsupported
from domain.stream_analytics.windows import window, window_end

ALIAS = re.compile(r"[A-Za-z0-9_-]{3,63}")
"""What the portal takes as the name of an input or output."""


def stream_analytics_query(
    pipeline: Pipeline, input_name: str | None = None, output_name: str | None = None
) -> str:
    """The query that computes the pipeline's windows; the same pipeline gives the same text.

    The input is called as the hub by default, or as the pipeline if there is none; the output
    as the pipeline with `_windows` behind it. Raises UnsupportedError with everything that Stream
    Analytics cannot compute.
    """
    input_name = _input_name(pipeline) if input_name is None else input_name
    output_name = f"{pipeline.name}_windows" if output_name is None else output_name
    refuse_unsupported(pipeline, input_name, output_name)
    columns = columns_of(pipeline)
    read, last, distinct = (
        unlike(name, [input_name]) for name in ("read_events", "checked_events", "distinct_events")
    )
    steps = {
        read: read_events(pipeline, columns, input_name),
        last: checked_events(columns, read),
    }
    if pipeline.source.duplicates == "drop":
        steps[distinct] = distinct_events(columns, last)
        last = distinct
    lines = [*header(pipeline, input_name, output_name), "", *_with(steps)]
    lines += _windows(pipeline, columns, last, output_name)
    return "\n".join(lines) + "\n"


def _input_name(pipeline: Pipeline) -> str:
    source = pipeline.source
    if isinstance(source, EventsSource) and ALIAS.fullmatch(source.event_hub):
        return source.event_hub
    return pipeline.name


def _with(steps: dict[str, list[str]]) -> list[str]:
    lines = []
    for number, (name, body) in enumerate(steps.items()):
        lines.append(f"{'WITH ' if number == 0 else ''}{bracketed(name)} AS (")
        lines += [f"    {line}" for line in body]
        lines.append(")" if number == len(steps) - 1 else "),")
    return lines


def _windows(pipeline: Pipeline, columns: Columns, events: str, output_name: str) -> list[str]:
    keys = [bracketed(name) for name in columns.keys.values()]
    selected = [f"{bracketed(name)} AS {bracketed(ours)}" for ours, name in columns.keys.items()]
    selected.append(f"{window_end(pipeline)} AS [window_end]")
    for name, aggregate in pipeline.aggregates.items():
        selected.append(f"{aggregate_sql(aggregate, columns)} AS {bracketed(name)}")
    return [
        "SELECT",
        *(f"    {item}," for item in selected[:-1]),
        f"    {selected[-1]}",
        f"INTO {bracketed(output_name)}",
        f"FROM {bracketed(events)}",
        f"GROUP BY {', '.join(keys)}, {window(pipeline, columns)}",
    ]
