"""Starts the batch job of one attempt at one chunk, or adopts the one that is there.

Input: `JobOrder`. Output: `Submitted`.
Raises: EndpointError, RunCancelledError, LakeError, TransientError.

The job's name is a function of run, chunk and attempt, and it is looked for first: the SDK's invoke
may send its request several times, and this activity may run several times. A run that is cancelled
while the job is being submitted takes the job with it.
"""

from __future__ import annotations

from typing import Any

from activities.endpoint_notes import endpoint_note
from activities.planned_chunk import planned_chunk
from adapters.context import context
from domain import lake_paths
from domain.errors import RunCancelledError
from domain.messages import JobOrder, Run, Submitted
from domain.requests import utc_now
from domain.runs import job_name


def submit_scoring_job(payload: dict[str, Any]) -> dict[str, Any]:
    """Submits or adopts; safe to repeat."""
    order = JobOrder.from_json(payload)
    run, surroundings = order.run, context()
    if surroundings.scores.is_cancelled(run.run_id):
        raise RunCancelledError(run.run_id)
    name = job_name(run.run_id, order.chunk, order.attempt)
    adopted = surroundings.endpoints.find(name) is not None
    if not adopted:
        model = surroundings.pipeline_of(run).model
        adopted = not surroundings.endpoints.submit(
            name,
            endpoint=model.endpoint,
            deployment=_deployment(run),
            input_folder=planned_chunk(run, order.segment, order.chunk).folder,
            output_folder=lake_paths.scores_folder(
                run.pipeline, run.run_id, order.chunk, order.attempt
            ),
            mini_batch_size=model.mini_batch_size,
        )
    surroundings.scores.record_job(order, name, "NotStarted", utc_now())
    if surroundings.scores.is_cancelled(run.run_id):
        surroundings.endpoints.cancel(name)
        raise RunCancelledError(run.run_id)
    return Submitted(job_name=name, adopted=adopted).to_json()


def _deployment(run: Run) -> str:
    """What `check_endpoint` noted; a run that began before there was such a note looks itself."""
    note = endpoint_note(run.pipeline, run.run_id)
    if note is not None:
        return note.deployment
    model = context().pipeline_of(run).model
    return context().endpoints.deployment(model.endpoint, model.deployment).name
