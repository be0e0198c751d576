"""The cost policy: how many nodes a cluster keeps ready now, and how long idle ones stay.

Nodes cost while they start, work and idle. Three things can be done with the gap before a run:

    go down     idle + start-up are paid, and the run waits for the start-up
    warm ahead  idle + lead are paid (start-up and a margin), and the run does not wait
    stay warm   the gap is paid: cheaper than going down if it is shorter than idle + lead

So nodes stay when they are needed again within `idle + lead`; otherwise they go down, and come back
`lead` before they are needed, if the start-up takes longer than a run may wait. Clusters that
pipelines share keep the most that any of them asks for. Nobody is asked to guess what waiting is
worth: COMPUTE_MAX_WAIT_SECONDS and COMPUTE_MAX_COST_PER_MONTH say it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from domain.clusters import Cluster, Demand
from domain.cost_month import Tariff, Terms, month_of
from domain.cost_settings import CostSettings
from domain.messages import Moment
from domain.sizing import seconds

SHORTEST_IDLE_S, LONGEST_IDLE_S = 120, 1800
OVERDUE = timedelta(minutes=2)
"""How late a scheduled run may be recorded: until then it is still expected."""


@dataclass(frozen=True)
class Decision:
    """What the cluster should be set to, and why."""

    min_instances: int
    idle_s: int
    why: str

    def changes(self, cluster: Cluster) -> bool:
        """Whether the cluster is set otherwise."""
        return (self.min_instances, self.idle_s) != (cluster.min_instances, cluster.idle_s)


@dataclass(frozen=True)
class Situation:
    """When the policy looks: the moment, how often it looks, and how long nodes take to start."""

    now: datetime
    moment: Moment
    start_s: float
    tick_s: float


def decide(
    cluster: Cluster, demands: Sequence[Demand], limits: CostSettings, at: Situation
) -> Decision:
    """The decision: the same again once it is applied. Limits and the cluster's own size cap it.

    What a run that scores has been given already is never taken from it, within the limits.
    """
    terms, note = terms_for(cluster, demands, limits, at.start_s, at.tick_s)
    wishes = [_wish(demand, cluster, terms, at) for demand in demands]
    nodes, why = max(wishes, key=lambda wish: wish[0], default=(0, "nothing is expected to run"))
    if not nodes:
        why = _nothing_soon(demands, at)
    most = min(cluster.max_instances, limits.max_nodes or cluster.max_instances)
    floor = min(limits.min_nodes, most)
    allowed = max(floor, min(nodes, most))
    if nodes > most:
        note += f"; {most} are the most that are allowed"
    elif nodes < floor:
        note += f"; COMPUTE_MIN_NODES keeps {floor}"
    return Decision(allowed, int(terms.idle_s), f"{why}{note}")


def terms_for(
    cluster: Cluster,
    demands: Sequence[Demand],
    limits: CostSettings,
    start_s: float,
    tick_s: float,
) -> tuple[Terms, str]:
    """What decides about gaps, within the limits; and what limits had to say about it."""
    idle_s = _idle_s(demands, cluster.idle_s)
    terms = Terms(start_s, idle_s, tick_s, warms_ahead=start_s > limits.max_wait_s)
    if terms.warms_ahead and (over := _over_budget(cluster, demands, limits, terms)):
        return terms.without_warming(), f"; no nodes ahead of time: {over}"
    return terms, ""


def _idle_s(demands: Sequence[Demand], now_s: int) -> int:
    """How long nodes may idle: long enough for the pauses within a run, and no longer."""
    pauses = [demand.pause_s for demand in demands]
    if not pauses:
        return now_s
    return min(LONGEST_IDLE_S, max(SHORTEST_IDLE_S, ceil(max(pauses))))


def _wish(demand: Demand, cluster: Cluster, terms: Terms, at: Situation) -> tuple[int, str]:
    """How many nodes one pipeline wants to be ready now, and why."""
    best = (0, "")
    since = at.now - OVERDUE
    expected = [(begin, False) for begin in demand.next_runs if begin >= since][:2]
    for begin, is_running in [*((one, True) for one in demand.running), *expected]:
        left_s = (begin + timedelta(seconds=demand.head_s) - at.now).total_seconds()
        nodes, reason = _for_one(demand, left_s, is_running, cluster, terms, at.moment)
        best = max(best, (nodes, f"{demand.pipeline} {reason}"), key=lambda wish: wish[0])
    return best


def _for_one(
    demand: Demand,
    left_s: float,
    is_running: bool,
    cluster: Cluster,
    terms: Terms,
    moment: Moment,
) -> tuple[int, str]:
    """The nodes for one run whose jobs begin in `left_s` seconds."""
    held = min(demand.nodes, cluster.min_instances)
    when = f"in {seconds(left_s)}" if left_s > 0 else "now"
    if terms.warms_ahead and left_s <= terms.lead_s + terms.tick_s:
        took = f"and nodes take {seconds(terms.start_s)} to start"
        return demand.nodes, f"needs {demand.nodes} nodes {when}, {took}"
    if left_s <= terms.worth_keeping_s and not is_running:
        # Nodes that are up stay; for a later run nobody brings them up at this price.
        nodes = demand.nodes if moment is Moment.RUN_ENDS else held
        return nodes, f"needs its nodes again {when}: staying warm costs less than starting again"
    if is_running and left_s <= terms.worth_keeping_s:
        return held, "is running, and keeps what it has"
    return 0, ""


def _nothing_soon(demands: Sequence[Demand], at: Situation) -> str:
    begins = [begin for d in demands for begin in d.next_runs if begin >= at.now]
    if not begins:
        return "no run is expected: idle nodes go down"
    left_s = (min(begins) - at.now).total_seconds()
    return f"the next run begins in {seconds(left_s)}: until then idle nodes go down"


def _over_budget(
    cluster: Cluster, demands: Sequence[Demand], limits: CostSettings, terms: Terms
) -> str | None:
    """Why nodes must not be warmed ahead of time, if the month would cost too much."""
    price = limits.price(low_priority=cluster.low_priority)
    most = limits.max_cost_per_month
    if price is None or most is None:
        return None
    tariff = Tariff(price)
    cost = sum(tariff.cost(month_of(demand, terms)) for demand in demands)
    if cost <= most:
        return None
    return (
        f"a month would cost {cost:,.2f} {price.currency}, more than COMPUTE_MAX_COST_PER_MONTH "
        f"({most:,.2f})"
    )
