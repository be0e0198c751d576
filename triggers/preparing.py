"""Starts the making of windows for training; what was made is taken as it is, unless asked anew."""

from __future__ import annotations

import azure.durable_functions as df

from domain import names
from domain.messages import RunRequest

COMPLETED = "Completed"
GOOD = ("Pending", "Running", "ContinuedAsNew", COMPLETED)


async def prepare(
    client: df.DurableOrchestrationClient, request: RunRequest, *, fresh: bool
) -> bool:
    """Starts `prepare_windows` unless it is under way or has succeeded. Answers whether it did.

    With `fresh` what has succeeded is made again, since the data in the lake may have changed.
    """
    instance = request.run.run_id
    status = await client.get_status(instance)
    known = status.runtime_status if status else None
    kind = known.value if known else None
    if kind in GOOD and not (fresh and kind == COMPLETED):
        return False
    await client.start_new(
        names.PREPARE_WINDOWS, instance_id=instance, client_input=request.to_json()
    )
    return True
