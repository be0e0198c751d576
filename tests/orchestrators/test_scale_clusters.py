"""The cost policy's round over all pipelines."""

from __future__ import annotations

from domain import names
from domain.messages import Moment, Scaled, ScaleOrder
from orchestrators.scale_clusters import scale_clusters
from tests.orchestrators.replaying import Broken, Json, play
from tests.orchestrators.scenes import answer, refusal

PIPELINES = ("a", "b", "c")
ORDERS = [ScaleOrder(pipeline=name, moment=Moment.TICK).to_json() for name in PIPELINES]


def test_clusters_are_looked_at_one_after_the_other() -> None:
    """They may be the same one; every pipeline is asked about once, and what was said is told."""

    def scale(order: Json) -> Json:
        return answer(Scaled(changed=False, why=f"{order['pipeline']} is as it should be"))

    [life] = play(scale_clusters, ORDERS, {names.SCALE_COMPUTE: scale})
    assert [call.input for call in life.called(names.SCALE_COMPUTE)] == ORDERS
    assert life.peak(names.SCALE_COMPUTE) == 1
    assert life.output == [f"{name}: {name} is as it should be" for name in PIPELINES]


def test_one_that_fails_keeps_nobody_from_the_others() -> None:
    """Neither a refusal nor a crash; and nothing is tried again before the next tick."""

    def scale(order: Json) -> Json:
        if order["pipeline"] == "a":
            raise Broken("503")
        if order["pipeline"] == "b":
            return refusal("EndpointError", "no such workspace")
        return answer(Scaled(changed=True, min_instances=1, idle_s=120, why="a run is near"))

    [life] = play(scale_clusters, ORDERS, {names.SCALE_COMPUTE: scale})
    assert life.output == ["a: 503", "b: no such workspace", "c: a run is near"]
    assert [call.attempts for call in life.called(names.SCALE_COMPUTE)] == [1, 1, 1]


def test_without_pipelines_there_is_nothing_to_do() -> None:
    """And nothing is asked."""
    [life] = play(scale_clusters, [], {})
    assert (life.output, life.calls) == ([], [])
