"""Decides how large the parts and jobs of a run are, from what past jobs took.

Input: `SizeOrder`. Output: `Sized`.
Raises: LakeError, ScoresDbError, TransientError.

What is decided is noted in the lake, and the note is the answer from then on: the jobs that ended
meanwhile must not give a slice that is tried again other parts than its neighbours have.
"""

from __future__ import annotations

from statistics import median
from typing import Any

from activities.endpoint_notes import EndpointNote, endpoint_note
from adapters.context import context
from domain import lake_paths
from domain.job_times import PastJob, job_times
from domain.messages import Run, Sized, SizeOrder
from domain.pipeline import Pipeline
from domain.runs import RunStatus
from domain.sizing import Expected, Workers, choose_sizes

RUNS_LOOKED_AT = 20
"""Past runs whose deployment is looked up: each is a read of the lake."""

RUNS_COUNTED = 5
"""Past runs whose events are looked up: each is a read, too."""


def size_chunks(payload: dict[str, Any]) -> dict[str, Any]:
    """Answers the note if there is one; otherwise decides and writes it."""
    order = SizeOrder.from_json(payload)
    run, lake = order.run, context().lake
    path = lake_paths.sizes_note(run.pipeline, run.run_id)
    known = lake.find_json(path)
    if known is None:
        sized = _decide(order, context().pipeline_of(run))
        note: dict[str, Any] = {"sizes": sized.to_json(), "events": order.events}
        # Whoever runs this at the same moment writes first, or after: one note counts.
        known = note if lake.write_json_if(path, note, None) else lake.read_json(path)
    return Sized.from_json(known["sizes"]).to_json()


def sizes_of(run: Run, pipeline: Pipeline) -> tuple[int, int]:
    """Rows per part and parts per chunk of a run: as noted, or as the pipeline's file says."""
    known = context().lake.find_json(lake_paths.sizes_note(run.pipeline, run.run_id))
    if known is None:
        return pipeline.chunks.sizes
    sized = Sized.from_json(known["sizes"])
    return sized.rows_per_part, sized.parts_per_chunk


def _decide(order: SizeOrder, pipeline: Pipeline) -> Sized:
    if not pipeline.chunks.is_auto:
        return choose_sizes(pipeline.chunks, None, Workers(), Expected())
    run = order.run
    note = endpoint_note(run.pipeline, run.run_id)
    past = context().scores.past_jobs(run.pipeline)
    if note is not None:
        past = _of_deployment(past, run.pipeline, note)
    workers = note.workers if note is not None else Workers()
    first_look_s = pipeline.model.poll.first.total_seconds()
    return choose_sizes(pipeline.chunks, job_times(past), workers, _expected(order), first_look_s)


def _of_deployment(past: list[PastJob], pipeline: str, note: EndpointNote) -> list[PastJob]:
    """The jobs of runs that the same deployment scored; of the newest runs, to bound the reads."""
    runs = list(dict.fromkeys(job.run_id for job in past))[:RUNS_LOOKED_AT]
    notes = {run_id: endpoint_note(pipeline, run_id) for run_id in runs}
    same = {run_id for run_id, n in notes.items() if n and n.deployment == note.deployment}
    return [job for job in past if job.run_id in same]


def _expected(order: SizeOrder) -> Expected:
    """How many windows the run will have: as many per event as past runs had, or as many."""
    name = order.run.pipeline
    rows = context().scores.list_runs(name, RunStatus.COMPLETED, RUNS_COUNTED)
    windows = {row.run_id: row.counts["windows"] for row in rows if row.counts.get("windows")}
    if order.events is None:
        return Expected(windows=round(median(windows.values())) if windows else None)
    events = {run_id: _listed(name, run_id) for run_id in windows}
    ratios = [windows[run_id] / count for run_id, count in events.items() if count]
    if not ratios:
        return Expected(events=order.events)
    return Expected(events=order.events, windows=round(order.events * median(ratios)))


def _listed(pipeline: str, run_id: str) -> int | None:
    """The events that a past run was told to expect: its files may hold more than its span has."""
    note = context().lake.find_json(lake_paths.sizes_note(pipeline, run_id))
    return note.get("events") if note else None
