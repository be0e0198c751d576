"""An interval as callers see it: what landed, what of it no run has read, and its newest run."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import azure.durable_functions as df

from adapters.context import context
from adapters.scores_db import RunRow
from adapters.streams.folders import IntervalFiles, list_intervals
from adapters.streams.read_notes import coverage_read
from domain.intervals import Interval, burst_instance_id, intervals_between
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.raw_files import Coverage
from domain.spans import iso
from domain.windows import to_us
from triggers.collecting import is_running

MOST_INTERVALS = 2000


async def interval_lines(
    client: df.DurableOrchestrationClient,
    pipeline: Pipeline,
    source: EventsSource,
    first: datetime,
    last: datetime,
) -> list[dict[str, Any]]:
    """The intervals that end after `first` and at or before `last`, in order; those in which
    nothing landed and nothing was scored are left out."""
    wanted = intervals_between(to_us(first) + 1, to_us(last), source.every_us)
    wanted = [interval for interval in wanted if interval.end_us <= to_us(last)]
    return [
        line | {"collecting": await is_running(client, burst_instance_id(pipeline.name, interval))}
        for interval, line in await asyncio.to_thread(_lines, pipeline, wanted, first, last)
    ]


def _lines(
    pipeline: Pipeline, wanted: list[Interval], first: datetime, last: datetime
) -> list[tuple[Interval, dict[str, Any]]]:
    landed = {
        files.interval: files for files in list_intervals(context().lake, pipeline.name, wanted)
    }
    rows = context().scores.newest_runs(pipeline.name, first, last)
    runs = {(row.span_from, row.span_to): row for row in rows}
    found = []
    for interval in wanted:
        files, run = landed.get(interval), runs.get((interval.span.start, interval.span.end))
        if files or run:
            found.append((interval, _line(interval, files, run)))
    return found


def _line(interval: Interval, files: IntervalFiles | None, run: RunRow | None) -> dict[str, Any]:
    known = Coverage()
    if run is not None and files is not None:
        read = coverage_read(context().lake, run.pipeline, run.run_id)
        known = read.get(interval.label, known)
    return {
        "interval": interval.label,
        "from": iso(interval.span.start),
        "to": iso(interval.span.end),
        "events": files.events if files else 0,
        "new_events": (files.new_events(known) or 0) if files else 0,
        "run_id": run.run_id if run else None,
        "revision": run.revision if run else None,
        "status": run.status.value if run else None,
        "counts": run.counts if run else {},
    }
