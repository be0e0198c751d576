"""How many nodes are kept ready, and when."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.clusters import Cluster, Demand
from domain.cost_policy import LONGEST_IDLE_S, SHORTEST_IDLE_S, Situation, decide
from domain.cost_settings import CostSettings
from domain.messages import Moment
from tests.domain.cost_samples import CLUSTERS, COLD, DEMANDS, LIMITS, SITUATIONS, at, demand

FREE = CostSettings()
HOUR = 3600.0


def test_nodes_go_down_until_the_next_run_is_near() -> None:
    """Ten hours before a run nothing is kept, and it is said for how long."""
    found = decide(COLD, [demand(10 * HOUR)], FREE, at())
    assert found.min_instances == 0
    assert found.why == "the next run begins in 10.0 h: until then idle nodes go down"


def test_nodes_are_started_before_they_are_needed() -> None:
    """At the last look before start-up and margin: 240 + 60 s, and the next look is in 300 s."""
    just = decide(COLD, [demand(539)], FREE, at())
    assert just.min_instances == 2
    assert "fleet needs 2 nodes in 10.0 min, and nodes take 4.0 min to start" in just.why
    assert decide(COLD, [demand(541)], FREE, at()).min_instances == 0


def test_a_run_that_computes_its_windows_for_long_gets_nodes_in_time() -> None:
    """Not when it begins: after two hours of aggregation they would have idled for as long."""
    begun = demand(running_s=(0,), head_s=7200.0)
    assert decide(COLD, [begun], FREE, at(Moment.RUN_BEGINS)).min_instances == 0
    scoring_soon = demand(running_s=(6700,), head_s=7200.0)
    assert decide(COLD, [scoring_soon], FREE, at()).min_instances == 2


def test_a_run_that_begins_gets_its_nodes_while_it_aggregates() -> None:
    """They start meanwhile."""
    begun = demand(running_s=(0,), head_s=60.0)
    assert decide(COLD, [begun], FREE, at(Moment.RUN_BEGINS)).min_instances == 2


def test_nodes_stay_between_runs_that_follow_closely() -> None:
    """A gap of 400 s is cheaper than 120 s of idling, 240 s of starting and a margin of 60 s."""
    warm = replace(COLD, min_instances=2)
    for start_s in (240, 250):
        ends = decide(warm, [demand(340)], FREE, at(Moment.RUN_ENDS, start_s=start_s, tick_s=60))
        assert ends.min_instances == 2
    assert "staying warm costs less than starting again" in ends.why
    far = decide(warm, [demand(500)], FREE, at(Moment.RUN_ENDS, tick_s=60))
    assert far.min_instances == 0


def test_short_starts_are_waited_for() -> None:
    """Nobody pays ahead for what takes no longer than a run may wait."""
    patient = CostSettings(max_wait_s=240)
    assert decide(COLD, [demand(10)], patient, at()).min_instances == 0


def test_a_month_that_costs_too_much_is_not_warmed_ahead() -> None:
    """31 runs of 2 nodes cost 5.1 at 0.29; with a limit of 3, runs wait, and the reason tells."""
    daily = demand(*(n * 24 * HOUR + 500 for n in range(30)))
    poor = CostSettings(price_per_node_hour=0.29, max_cost_per_month=3)
    found = decide(COLD, [daily], poor, at())
    assert found.min_instances == 0
    assert "more than COMPUTE_MAX_COST_PER_MONTH (3.00)" in found.why
    rich = replace(poor, max_cost_per_month=30)
    assert decide(COLD, [daily], rich, at()).min_instances == 2


def test_pipelines_that_share_a_cluster_get_the_most_that_one_needs() -> None:
    """Not the sum: the cluster grows by itself when both have jobs."""
    both = [demand(100, nodes=3), demand(200, nodes=2, pipeline="other")]
    assert decide(COLD, both, FREE, at()).min_instances == 3


def test_limits_cap_and_keep() -> None:
    """COMPUTE_MAX_NODES, the cluster's own maximum, and COMPUTE_MIN_NODES."""
    many = [demand(100, nodes=9)]
    capped = decide(COLD, many, CostSettings(max_nodes=3), at())
    assert (capped.min_instances, "3 are the most" in capped.why) == (3, True)
    assert decide(COLD, many, FREE, at()).min_instances == 4
    kept = decide(COLD, [], CostSettings(min_nodes=1), at())
    assert (kept.min_instances, "COMPUTE_MIN_NODES keeps 1" in kept.why) == (1, True)


def test_idle_nodes_stay_for_the_pauses_of_a_run() -> None:
    """Between two jobs nobody looks for so long; never too short, never for ever."""
    assert decide(COLD, [demand(pause_s=200)], FREE, at()).idle_s == 200
    assert decide(COLD, [demand(pause_s=1)], FREE, at()).idle_s == SHORTEST_IDLE_S
    assert decide(COLD, [demand(pause_s=1e6)], FREE, at()).idle_s == LONGEST_IDLE_S
    assert decide(replace(COLD, idle_s=77), [], FREE, at()).idle_s == 77


@given(CLUSTERS, st.lists(DEMANDS, max_size=3), LIMITS, SITUATIONS)
def test_a_decision_is_final(
    cluster: Cluster, demands: list[Demand], limits: CostSettings, when: Situation
) -> None:
    """Once it is applied, the same look changes nothing."""
    first = decide(cluster, demands, limits, when)
    applied = replace(cluster, min_instances=first.min_instances, idle_s=first.idle_s)
    assert not decide(applied, demands, limits, when).changes(applied)


@given(CLUSTERS, st.lists(DEMANDS, max_size=3), LIMITS, SITUATIONS)
def test_limits_are_never_passed(
    cluster: Cluster, demands: list[Demand], limits: CostSettings, when: Situation
) -> None:
    """Neither the cluster's own maximum nor those of the settings."""
    nodes = decide(cluster, demands, limits, when).min_instances
    most = min(cluster.max_instances, limits.max_nodes or cluster.max_instances)
    assert min(limits.min_nodes, most) <= nodes <= most


@given(CLUSTERS, st.lists(DEMANDS, max_size=3), LIMITS, SITUATIONS)
def test_a_run_that_scores_keeps_what_it_has(
    cluster: Cluster, demands: list[Demand], limits: CostSettings, when: Situation
) -> None:
    """Whatever the others need, and whatever nodes cost."""
    nodes = decide(cluster, demands, limits, when).min_instances
    most = min(cluster.max_instances, limits.max_nodes or cluster.max_instances)
    for one in demands:
        scoring = [b for b in one.running if (when.now - b).total_seconds() >= one.head_s]
        if scoring:
            assert nodes >= min(one.nodes, cluster.min_instances, most)


@given(CLUSTERS, st.lists(DEMANDS, max_size=3), DEMANDS, LIMITS, SITUATIONS)
def test_another_pipeline_never_takes_nodes_away(
    cluster: Cluster, demands: list[Demand], more: Demand, limits: CostSettings, when: Situation
) -> None:
    """Unless a limit of cost is set, which they share."""
    free = replace(limits, max_cost_per_month=None)
    calm = replace(more, pause_s=0.0)
    alone = decide(cluster, demands, free, when)
    shared = decide(cluster, [*demands, calm], free, when)
    if demands:
        assert shared.min_instances >= alone.min_instances
