"""Applies the cost policy to the cluster that a pipeline's jobs run on.

Input: `ScaleOrder`. Output: `Scaled`.
Raises: UnknownPipelineError, EndpointError, LakeError, ScoresDbError, TransientError.

The setting COST_POLICY says what may be done: `off` nothing, `dry` only to say what would be done.
A cluster that is set as the policy wants it is not written to, so repeating this changes nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from activities.cluster_demands import (
    Changing,
    cluster_of,
    demands_on,
    first_user_of,
    start_of,
)
from adapters.computes import computes
from adapters.context import context, pipeline_named
from adapters.occurrences import occurrences
from domain.clusters import Cluster
from domain.cost_policy import Decision, Situation, decide
from domain.cost_settings import CostPolicy, CostSettings
from domain.messages import Moment, Scaled, ScaleOrder
from domain.requests import utc_now

LOGGER = logging.getLogger("windrow.costs")


def scale_compute(payload: dict[str, Any]) -> dict[str, Any]:
    """Looks, decides, and writes if that changes something and may be done."""
    order = ScaleOrder.from_json(payload)
    costs = context().settings.costs
    if costs.policy is CostPolicy.OFF:
        return Scaled(changed=False, why="the cost policy is off (COST_POLICY)").to_json()
    pipeline_named(order.pipeline)
    name = cluster_of(order.pipeline, order.run.run_id if order.run else None)
    if name is None:
        why = f"no run of {order.pipeline} has noted on which cluster its jobs run"
        return Scaled(changed=False, why=why).to_json()
    if order.moment is Moment.TICK and (first := first_user_of(name)) != order.pipeline:
        return Scaled(changed=False, why=f"{name} is looked after with {first}").to_json()
    cluster = computes(context().settings).find(name)
    if cluster is None:
        return Scaled(changed=False, why=f"there is no cluster {name} that scales").to_json()
    decision = _decision(order, cluster, costs)
    return _applied(cluster, decision, costs).to_json()


def _decision(order: ScaleOrder, cluster: Cluster, costs: CostSettings) -> Decision:
    now = utc_now()
    demands = demands_on(cluster.name, now, _changing(order, now))
    tick_s = _tick_s(costs, now)
    return decide(cluster, demands, costs, Situation(now, order.moment, start_of(demands), tick_s))


def _applied(cluster: Cluster, decision: Decision, costs: CostSettings) -> Scaled:
    """What has become of the decision."""
    told = {"min_instances": decision.min_instances, "idle_s": decision.idle_s}
    what = f"at least {decision.min_instances} nodes, idle ones for {decision.idle_s} s"
    if not decision.changes(cluster):
        return Scaled(changed=False, **told, why=f"{cluster.name} is as it should be: {what}")
    if cluster.is_busy:
        return Scaled(changed=False, why=f"{cluster.name} is being changed: {what} must wait")
    if costs.policy is CostPolicy.DRY:
        why = f"would set {cluster.name} to {what}: {decision.why}"
        LOGGER.info("dry run: %s", why)
        return Scaled(changed=False, **told, why=why)
    changed = computes(context().settings).scale(cluster.name, **told)
    LOGGER.info("set %s to %s: %s", cluster.name, what, decision.why)
    return Scaled(changed=changed, **told, why=f"{what}: {decision.why}")


def _changing(order: ScaleOrder, now: datetime) -> Changing | None:
    if order.run is None or order.moment is Moment.TICK:
        return None
    run_id = order.run.run_id
    if order.moment is Moment.RUN_ENDS:
        return Changing(run_id, order.pipeline, None)
    row = context().scores.get_run(run_id)
    return Changing(run_id, order.pipeline, row.started_at if row else now)


def _tick_s(costs: CostSettings, now: datetime) -> float:
    """How often the policy looks: the longer of the next two pauses of its timer."""
    ticks = occurrences(costs.schedule, now, timedelta(days=1), 3)
    pauses = [(b - a).total_seconds() for a, b in pairwise(ticks)]
    return max(pauses, default=timedelta(days=1).total_seconds())
