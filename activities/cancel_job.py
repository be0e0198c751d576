"""Asks a batch job to stop.

Input: `JobOrder`. Output: `{}`.
Raises: EndpointError, TransientError.
"""

from __future__ import annotations

from typing import Any

from adapters.context import context
from domain.messages import JobOrder
from domain.requests import utc_now
from domain.runs import job_name


def cancel_job(payload: dict[str, Any]) -> dict[str, Any]:
    """Cancels; a job that has ended stays as it is."""
    order = JobOrder.from_json(payload)
    context().endpoints.cancel(job_name(order.run.run_id, order.chunk, order.attempt))
    context().scores.record_job_status(order, "CancelRequested", ended=True, at=utc_now())
    return {}
