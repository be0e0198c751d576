"""Clusters and demands as the tests of costs need them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.clusters import Cluster, Demand
from domain.cost_month import MONTH_S
from domain.cost_policy import Situation
from domain.cost_settings import CostSettings
from domain.messages import Moment

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
COLD = Cluster("cpu-cluster", 0, 4, 120)


def later(seconds: float) -> datetime:
    """So many seconds from now."""
    return NOW + timedelta(seconds=seconds)


def demand(*next_in_s: float, running_s: tuple[float, ...] = (), **more: Any) -> Demand:
    """Runs that begin in so many seconds, and some that began so many seconds ago."""
    values: dict[str, Any] = {
        "pipeline": "fleet",
        "nodes": 2,
        "head_s": 60.0,
        "run_s": 600.0,
        "pause_s": 90.0,
        "next_runs": tuple(later(s) for s in sorted(next_in_s)),
        "horizon_s": MONTH_S,
        "running": tuple(later(-s) for s in running_s),
    }
    return Demand(**{**values, **more})


def at(moment: Moment = Moment.TICK, start_s: float = 240, tick_s: float = 300) -> Situation:
    """A look at the clusters."""
    return Situation(NOW, moment, start_s, tick_s)


DEMANDS = st.builds(
    lambda runs, running, nodes, head, run, pause: demand(
        *runs,
        running_s=tuple(running),
        nodes=nodes,
        head_s=head,
        run_s=run,
        pause_s=pause,
    ),
    st.lists(st.floats(-110, 100_000), max_size=6),
    st.lists(st.floats(0, 80_000), max_size=2),
    st.integers(1, 12),
    st.floats(0, 4000),
    st.floats(1, 8000),
    st.floats(0, 4000),
)
CLUSTERS = st.builds(
    lambda low, most, idle: Cluster("c", min(low, most), most, idle),
    st.integers(0, 8),
    st.integers(0, 8),
    st.integers(0, 2000),
)
LIMITS = st.builds(
    lambda low, most, wait, cost: CostSettings(
        min_nodes=min(low, most or low),
        max_nodes=most,
        max_wait_s=wait,
        max_cost_per_month=cost,
        price_per_node_hour=0.3,
    ),
    st.integers(0, 3),
    st.none() | st.integers(1, 8),
    st.sampled_from([0.0, 60.0, 1e6]),
    st.none() | st.floats(0, 3000),
)
SITUATIONS = st.builds(
    at, st.sampled_from(Moment), st.floats(0, 1500), st.sampled_from([60.0, 300.0])
)
