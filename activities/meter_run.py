"""Adds up what a run's jobs used of their cluster, and what that costs.

Input: `Run`. Output: `Metered`.
Raises: ScoresDbError, LakeError, TransientError.
"""

from __future__ import annotations

import logging
from typing import Any

from activities.endpoint_notes import endpoint_note
from adapters.computes import computes
from adapters.context import context
from domain.errors import WindrowError
from domain.messages import Run
from domain.metering import Price, meter
from domain.requests import utc_now

LOGGER = logging.getLogger("windrow.costs")


def meter_run(payload: dict[str, Any]) -> dict[str, Any]:
    """Counts every attempt; changes nothing."""
    run = Run.from_json(payload)
    uses = context().scores.job_uses(run.run_id)
    return meter(uses, _price(run), utc_now()).to_json()


def _price(run: Run) -> Price | None:
    """The price of the cluster's kind of nodes, where both prices are set; else the one that is."""
    costs = context().settings.costs
    if costs.price_low_priority is not None and _is_low_priority(run):
        return costs.price(low_priority=True)
    return costs.price(low_priority=False)


def _is_low_priority(run: Run) -> bool:
    """What Azure ML says about the cluster; if it does not say, dedicated nodes are supposed."""
    note = endpoint_note(run.pipeline, run.run_id)
    if note is None or note.compute is None:
        return False
    try:
        cluster = computes(context().settings).find(note.compute)
    except WindrowError as error:
        LOGGER.warning("the tier of cluster %s is not known: %s", note.compute, error)
        return False
    return cluster is not None and cluster.low_priority
