"""Looks what has landed for an interval of a stream, and what of it no run has read yet.

Input: `IntervalOrder`. Output: `IntervalLook`, with the run to make if there is something new.
Raises: UnknownPipelineError, LakeError, ScoresDbError, TransientError.

The lake is the truth about a stream: signals may get lost or come twice, files do not. A run's note
says what it has read; whatever lies in the lake beside that is new, and asks for the next revision.
"""

from __future__ import annotations

from typing import Any

from adapters.context import context, pipeline_named
from adapters.streams.folders import IntervalFiles, list_intervals
from adapters.streams.read_notes import coverage_read
from domain.errors import Problem, RequestError
from domain.intervals import ending_in, labelled, read_for
from domain.messages import IntervalLook, IntervalOrder
from domain.pipeline.events import EventsSource
from domain.raw_files import Coverage
from domain.requests import run_request

TRIGGER = "burst"


def look_at_interval(payload: dict[str, Any]) -> dict[str, Any]:
    """Looks; changes nothing."""
    order = IntervalOrder.from_json(payload)
    pipeline = pipeline_named(order.pipeline)
    source = pipeline.source
    if not isinstance(source, EventsSource):
        raise RequestError("order", [Problem("pipeline", "must have a stream", order.pipeline)])
    interval = labelled(order.interval, source.every_us)
    reads = read_for(interval.start_us, interval.end_us, pipeline, source)
    folders = list_intervals(context().lake, pipeline.name, reads)
    own = sum(files.events for files in folders if files.interval == interval)
    last = context().scores.last_run(pipeline.name, interval.span)
    if last is None:
        # Only events that may have windows here ask for the first run; others can only change it.
        near = set(ending_in(interval, pipeline))
        folders = [files for files in folders if files.interval in near]
    else:
        # What lies ahead has overtaken only events that came after it: these are new themselves.
        folders = [files for files in folders if files.interval <= interval]
    known = coverage_read(context().lake, pipeline.name, last.run_id) if last else {}
    new = _new_events(folders, known)
    if new is None:
        return IntervalLook(events=own, new_events=0).to_json()
    revision = last.revision + 1 if last else 1
    request = run_request(pipeline, interval.span, revision=revision, trigger=TRIGGER)
    return IntervalLook(events=own, new_events=new, request=request).to_json()


def _new_events(folders: list[IntervalFiles], known: dict[str, Coverage]) -> int | None:
    """How many events lie there that are not known; None if every file is."""
    nothing = Coverage()
    counts = [files.new_events(known.get(files.interval.label, nothing)) for files in folders]
    new = [count for count in counts if count is not None]
    return sum(new) if new else None
