"""The comments above a query: the job around it, and how the pipeline is switched over to it."""

from __future__ import annotations

import json
import textwrap

from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.stream_analytics.differences import checks, differences
from domain.stream_analytics.job_settings import job_settings

WIDTH = 100
OTHER_IN_YAML = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that YAML does not read as text."""


def output_folder(pipeline: Pipeline) -> str:
    """Where in the lake the job's files are expected, with a slash at the end."""
    return f"raw/stream-analytics/{pipeline.name}/"


def header(pipeline: Pipeline, input_name: str, output_name: str) -> list[str]:
    """The comments, line by line."""
    pattern = f"{output_folder(pipeline)}date={{datetime:yyyy}}-{{datetime:MM}}-{{datetime:dd}}"
    lines = [
        f"The windows of pipeline {pipeline.name} as an Azure Stream Analytics query.",
        "",
        "Settings of the job, which a query cannot say:",
        *(f"  {line}" for line in job_settings(pipeline).lines()),
        "  early arrival           5m, always",
        "",
        f"Input {input_name}: {_input(pipeline)}",
        f"Output {output_name}: the lake's container, event serialization Parquet, path pattern",
        f"  {pattern}",
        "",
        *_switching_over(pipeline),
    ]
    commented = [f"-- {line}".rstrip() for line in lines]
    commented.append("--")
    for sentence in differences(pipeline):
        commented += _folded("differs", sentence)
    commented += ["--", "-- Not documented for Stream Analytics; look at it with a few events:"]
    for sentence in checks(pipeline):
        commented += _folded("check", sentence)
    return commented


def _input(pipeline: Pipeline) -> str:
    source = pipeline.source
    if isinstance(source, EventsSource):
        hub = f"the event hub {source.event_hub}" if source.event_hub.isprintable() else "the hub"
        return f"{hub}, JSON in UTF-8, with a consumer group of its own"
    return "an event hub that somebody sends the same data to, as it happens, in JSON"


def _switching_over(pipeline: Pipeline) -> list[str]:
    """What changes in the pipeline's file once the job runs."""
    keys = ", ".join(_yaml(name) for name in pipeline.keys)
    lines = [
        f"In pipelines/{pipeline.name}.yml this replaces `source`; everything else stays:",
        "  source:",
        "    kind: windows",
        f"    path: {output_folder(pipeline)}date={{yyyy}}-{{MM}}-{{dd}}/*.parquet",
        "    timestamp: window_end",
        f"    key: [{keys}]",
    ]
    if pipeline.schedule is None:
        lines.append("It needs a `schedule` as well, or somebody who starts its runs.")
    return lines


def _yaml(name: str) -> str:
    return json.dumps(name) if name.lower() in OTHER_IN_YAML else name


def _folded(what: str, sentence: str) -> list[str]:
    """A comment that says what it is, and may be longer than a line."""
    return textwrap.wrap(sentence, WIDTH, initial_indent=f"-- {what}: ", subsequent_indent="--   ")
