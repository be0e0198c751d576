"""Cancels a run: first the ledger, so that nothing new is submitted; then what is under way.

Terminating an orchestration does not reach its sub-orchestrations, so each is terminated by its id;
all ids are functions of the run. Jobs that a running activity submits at this very moment are
cancelled by that activity, which looks at the ledger once more.
"""

from __future__ import annotations

import asyncio

import azure.durable_functions as df

from adapters.context import context
from domain.messages import JobOrder, Run
from domain.requests import utc_now
from domain.runs import chunk_instance_id, segment_instance_id
from triggers.problems import RunConflictError, UnknownRunError

REASON = "the run was cancelled"


async def cancel_run(client: df.DurableOrchestrationClient, run_id: str) -> None:
    """Cancels a run that has not ended; one that is cancelled stays so.

    Raises:
        UnknownRunError: there is no such run.
        RunConflictError: it ended otherwise.
    """
    scores = context().scores
    row = await asyncio.to_thread(scores.get_run, run_id)
    if row is None:
        if not await client.get_status(run_id):
            raise UnknownRunError(run_id)
        await client.terminate(run_id, REASON)
        return
    if not await asyncio.to_thread(scores.request_cancel, run_id, utc_now()):
        raise RunConflictError(f"run {run_id} ended as {row.status}; there is nothing to cancel")
    await client.terminate(run_id, REASON)
    for segment in range(1, row.counts.get("segments", 0) + 1):
        await _terminate(client, segment_instance_id(run_id, segment))
    run = Run(
        run_id=run_id,
        pipeline=row.pipeline,
        start=row.span_from,
        end=row.span_to,
        revision=row.revision,
    )
    for job in await asyncio.to_thread(scores.open_jobs, run_id):
        await _terminate(client, chunk_instance_id(run_id, job.chunk))
        await asyncio.to_thread(context().endpoints.cancel, job.job_name)
        order = JobOrder(run=run, segment=job.segment, chunk=job.chunk, attempt=job.attempt)
        await asyncio.to_thread(_note_cancelled, order)


def _note_cancelled(order: JobOrder) -> None:
    context().scores.record_job_status(
        order, "CancelRequested", reason=REASON, ended=True, at=utc_now()
    )


async def _terminate(client: df.DurableOrchestrationClient, instance_id: str) -> None:
    if await client.get_status(instance_id):
        await client.terminate(instance_id, REASON)
