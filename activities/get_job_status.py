"""Looks at a batch job: its status, how far it got, and what it says about its failure.

Input: `JobOrder`. Output: `JobLook`.
Raises: EndpointError, LakeError, TransientError.

Progress is a status that changed, or another file among the job's output. A job that has begun gets
its size and times noted in the ledger: what jobs took is what later runs are cut by.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from activities.endpoint_notes import endpoint_note
from activities.planned_chunk import planned_chunk
from adapters.context import context
from adapters.lake import LakeFile
from adapters.scores_db import JobFacts
from domain import lake_paths
from domain.job_times import has_begun
from domain.jobs import Phase, phase_of
from domain.messages import JobLook, JobOrder
from domain.requests import utc_now
from domain.runs import job_name


def get_job_status(payload: dict[str, Any]) -> dict[str, Any]:
    """Looks, and notes a new status in the ledger."""
    order = JobOrder.from_json(payload)
    run, surroundings = order.run, context()
    view = surroundings.endpoints.find(job_name(run.run_id, order.chunk, order.attempt))
    status = view.status if view is not None else "Unknown"
    folder = lake_paths.scores_folder(run.pipeline, run.run_id, order.chunk, order.attempt)
    written = list(surroundings.lake.list(folder))
    at = utc_now()
    ended = phase_of(status) in (Phase.ENDED, Phase.SUCCEEDED)
    facts = _facts(order, status, written, at) if has_begun(status) else JobFacts()
    surroundings.scores.record_job_status(order, status, ended=ended, at=at, facts=facts)
    message = view.message if view is not None else "the job is not there"
    return JobLook(status=status, progress=f"{status}/{len(written)}", message=message).to_json()


def _facts(order: JobOrder, status: str, written: list[LakeFile], at: datetime) -> JobFacts:
    """What this look adds to what is known of the job's size and times.

    A quick job is over before anybody has seen it run. Its output tells more than the look then:
    at its first file it ran, and with its last it was done.
    """
    run, known = order.run, context().scores.job_facts(order)
    if known.rows is None:
        note = endpoint_note(run.pipeline, run.run_id)
        rows = planned_chunk(run, order.segment, order.chunk).rows
        instances = note.instances if note is not None else None
    else:
        rows, instances = known.rows, known.instances
    wrote = sorted(file.modified_at for file in written if file.modified_at is not None)
    running_at = known.running_at or min([at, *wrote[:1]])
    finished_at = None
    if phase_of(status) is Phase.SUCCEEDED:
        last = wrote[-1] if wrote else at
        finished_at = last if running_at <= last <= at else at
    elif phase_of(status) is Phase.ENDED:
        finished_at = at
    return JobFacts(rows, instances, running_at, finished_at)
