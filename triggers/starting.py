"""Starts runs, each once: the run's id is the orchestration's instance id, and is looked up first.

Starting an orchestration under an id that ended before would silently run it again, so a run that
exists is left alone, whatever became of it. A new revision runs the span again.
"""

from __future__ import annotations

import asyncio

import azure.durable_functions as df

from adapters.context import context
from domain import names
from domain.messages import RunRequest
from triggers.accepted import request_of
from triggers.problems import RunConflictError


async def start_run(client: df.DurableOrchestrationClient, request: RunRequest) -> bool:
    """Starts the run unless it exists. Answers whether it was started.

    Raises:
        RunConflictError: the run exists with another input, or is only left in the ledger.
        TransientError, ScoresDbError: the ledger could not be read.
    """
    run_id = request.run.run_id
    if await _exists(client, request):
        return False
    known = await asyncio.to_thread(context().scores.get_run, run_id)
    if known is not None:
        raise RunConflictError(
            f"run {run_id} ended as {known.status}, and its history is gone; "
            "ask for another revision to score the span again"
        )
    try:
        await client.start_new(
            names.RUN_PIPELINE, instance_id=run_id, client_input=request.to_json()
        )
    except Exception:
        if await _exists(client, request):
            return False  # somebody else started it at the same moment
        raise
    return True


async def _exists(client: df.DurableOrchestrationClient, request: RunRequest) -> bool:
    status = await client.get_status(request.run.run_id, show_input=True)
    if not status:
        return False
    known = request_of(status)
    if known is not None and known.input != request.input:
        raise RunConflictError(
            f"run {request.run.run_id} exists with input {known.input!r}; got {request.input!r}. "
            "Ask for another revision to score the span from another input"
        )
    return True
