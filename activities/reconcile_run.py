"""Proves a run: every window is in SQL, rejected with a reason, or in a dead letter.

Input: `ReconcileOrder`. Output: `Reconciled`.
Raises: ScoresDbError, TransientError.
"""

from __future__ import annotations

from typing import Any

from adapters.context import context
from domain.messages import ReconcileOrder
from domain.reconciling import weigh


def reconcile_run(payload: dict[str, Any]) -> dict[str, Any]:
    """Counts; changes nothing."""
    order = ReconcileOrder.from_json(payload)
    pipeline = context().pipeline_of(order.run)
    return weigh(order, context().scores.reconcile(order.run, pipeline)).to_json()
