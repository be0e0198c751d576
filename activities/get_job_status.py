"""Looks at a batch job: its status, how far it got, and what it says about its failure.

Input: `JobOrder`. Output: `JobLook`.
Raises: EndpointError, LakeError, TransientError.

Progress is a status that changed, or another file among the job's output.
"""

from __future__ import annotations

from typing import Any

from adapters.context import context
from domain import lake_paths
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
    written = sum(1 for _ in surroundings.lake.list(folder))
    ended = phase_of(status) in (Phase.ENDED, Phase.SUCCEEDED)
    surroundings.scores.record_job_status(order, status, ended=ended, at=utc_now())
    message = view.message if view is not None else "the job is not there"
    return JobLook(status=status, progress=f"{status}/{written}", message=message).to_json()
