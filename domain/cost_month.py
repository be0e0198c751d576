"""What a month costs: the nodes' hours and the waiting of a pipeline's runs, gap by gap.

Node hours are those of nodes that start, work or idle. Starting is counted as paid.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from domain.clusters import Demand
from domain.metering import HOUR_S, Price

MONTH_S = 730.0 * HOUR_S
"""A twelfth of a year."""

STAYS, AHEAD, COLD = "stay warm", "are warmed ahead", "start for the job"
MARGIN_S = 60.0
"""Nodes are ready this long before they are needed, as starts vary."""


@dataclass(frozen=True)
class Terms:
    """What decides about a gap, in seconds; `tick_s` is how often the policy looks."""

    start_s: float
    idle_s: float
    tick_s: float
    warms_ahead: bool = True

    @property
    def lead_s(self) -> float:
        """How long before they are needed nodes are started."""
        return self.start_s + MARGIN_S

    @property
    def worth_keeping_s(self) -> float:
        """The longest gap that is cheaper than going down and coming back."""
        return self.idle_s + (self.lead_s if self.warms_ahead else self.start_s)

    def without_warming(self) -> Terms:
        """The same, but no node is started before there is a job."""
        return replace(self, warms_ahead=False)


@dataclass(frozen=True)
class Month:
    """A month of one pipeline: `wait_s` is what one of its runs waits for nodes on average, `gaps`
    how often nodes did what before a run."""

    runs: float
    node_hours: float
    wait_s: float
    gaps: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Tariff:
    """Turns node hours into money."""

    price: Price

    def cost(self, month: Month) -> float:
        """What a month costs."""
        return month.node_hours * self.price.per_node_hour


@dataclass(frozen=True)
class _Gap:
    """What a gap before a run costs, in seconds of each node, and how long the run waits."""

    kind: str
    paid_s: float
    wait_s: float = 0.0


def month_of(demand: Demand, terms: Terms) -> Month:
    """A month under the cost policy."""

    def gap(length_s: float) -> _Gap:
        if demand.known_ahead and length_s <= terms.worth_keeping_s:
            return _Gap(STAYS, length_s)
        if not terms.warms_ahead:
            return _Gap(COLD, terms.idle_s + terms.start_s, terms.start_s)
        early_s = terms.tick_s / 2  # a look comes that much too early on average
        if demand.known_ahead:
            return _Gap(AHEAD, min(length_s, terms.idle_s + terms.lead_s + early_s))
        # Nodes start with the run at the earliest, while it computes its windows.
        ahead_s = min(demand.head_s, terms.lead_s + early_s)
        paid_s = min(length_s, terms.idle_s + max(terms.start_s, ahead_s))
        return _Gap(AHEAD, paid_s, max(0.0, terms.start_s - ahead_s))

    return _walk(demand, gap)


def month_to_zero(demand: Demand, start_s: float, idle_s: float) -> Month:
    """A month of a cluster that starts nodes for jobs, and lets idle ones go after `idle_s`."""

    def gap(length_s: float) -> _Gap:
        if length_s <= idle_s:
            return _Gap(STAYS, length_s)
        return _Gap(COLD, idle_s + start_s, start_s)

    return _walk(demand, gap)


def month_always_on(demand: Demand) -> Month:
    """A month of a cluster that never goes down."""
    runs = len(demand.next_runs) * MONTH_S / demand.horizon_s
    return Month(runs, demand.nodes * MONTH_S / HOUR_S, 0.0)


def _walk(demand: Demand, gap: Callable[[float], _Gap]) -> Month:
    """Adds up the runs of the horizon, and stretches them to a month."""
    if not demand.next_runs:
        return Month(0.0, 0.0, 0.0)
    needed = [begin.timestamp() + demand.head_s for begin in demand.next_runs]
    paid_s = waited_s = 0.0
    gaps: Counter[str] = Counter()
    # A month follows a month: before the first run is what comes after the last.
    free_at = needed[-1] + demand.run_s - demand.horizon_s
    for needed_at in needed:
        before = needed_at - free_at
        if before > 0:
            one = gap(before)
            gaps[one.kind] += 1
            paid_s, waited_s = paid_s + one.paid_s, waited_s + one.wait_s
            free_at = needed_at + one.wait_s
        free_at += demand.run_s
        paid_s += demand.run_s
    stretch = MONTH_S / demand.horizon_s
    hours = min(paid_s * stretch, MONTH_S) * demand.nodes / HOUR_S
    runs = len(needed)
    kinds = {kind: count * stretch for kind, count in gaps.items()}
    return Month(runs * stretch, hours, waited_s / runs, kinds)
