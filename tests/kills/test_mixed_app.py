"""A host of durable functions that is killed again and again: all goes on, nothing counts twice."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localazure.durable.database import FILE_NAME
from tests.kills.dice import Length, Measure, Moment, draw_moments, roll
from tests.kills.histories import problems
from tests.kills.mixed_client import MixedClient
from tests.kills.mixed_host import MixedHost
from tests.kills.mixed_model import Order, draw_orders, expect
from tests.support.examples import LONGER
from tests.support.state_file import StoredInstance, integrity, left_over, read_instances

pytestmark = pytest.mark.xdist_group("kills")

KILLS = 75 if LONGER else 6
INSTANCES = 4 * KILLS + 4
MAY_FAIL = {"brittle"}
START_S = 1.0
PATIENCE_S = 120

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told:
    """What has come of the instances that were asked for, and of those that they started."""

    outputs: dict[str, Any]
    instances: list[StoredInstance]
    runs: Counter[str]
    left_over: dict[str, int]
    integrity: str
    length: Length
    kills_at_work: int


@pytest.mark.timeout(1800 if LONGER else 180)
def test_a_host_that_is_killed_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    """Every instance completes with the output of an undisturbed run; each task came back once."""
    dice = roll()
    orders = draw_orders(dice, INSTANCES)
    calm = tell(tmp_path / "calm", orders, [])
    moments = draw_moments(dice, KILLS, calm.length, list(Measure), START_S)
    troubled = tell(tmp_path / "troubled", orders, moments)

    expected = {order.name: expect(order) for order in orders}
    runs = Counter({mark: n for one in expected.values() for mark, n in one.runs.items()})
    assert calm.outputs == {name: one.output for name, one in expected.items()}
    assert calm.runs == runs
    assert troubled.kills_at_work > KILLS // 2
    assert troubled.outputs == calm.outputs
    assert troubled.runs.keys() == runs.keys()
    assert completed(troubled.instances) == completed(calm.instances)
    assert {one.status for one in troubled.instances if one.name not in MAY_FAIL} == {"Completed"}
    assert troubled.left_over == {}
    assert troubled.integrity == "ok"
    wrong = {one.instance_id: problems(one.history) for one in troubled.instances}
    assert {name: found for name, found in wrong.items() if found} == {}


def tell(folder: Path, orders: Sequence[Order], moments: Sequence[Moment]) -> Told:
    """Has the orders served by a host that is killed at each of the moments, and started again."""
    host, began, at_work = MixedHost(folder), time.monotonic(), 0
    with MixedClient(host.address, orders, host.marks) as client:
        for moment in moments:
            with host.life() as life:
                life.watch.wait_for(moment, client.done.done)
                reached = host.messages()
                life.kill()
            at_work += not client.done.done()
            logger.warning("killed at %s, with %d messages", moment, reached)
        with host.life() as life:
            life.watch.wait_until(client.done.done, PATIENCE_S, "all instances have ended")
            ended = client.done.result()
            seconds = time.monotonic() - began
    runs = Counter(path.name.rpartition(".")[0] for path in host.marks.iterdir())
    return Told(
        outputs={name: status["output"] for name, status in ended.items()},
        instances=read_instances(host.state),
        runs=runs,
        left_over=left_over(host.state),
        integrity=integrity(host.state / FILE_NAME),
        length=Length(seconds, host.messages(), runs.total()),
        kills_at_work=at_work,
    )


def completed(instances: Sequence[StoredInstance]) -> Counter[str]:
    """What has completed, children included, by orchestrator and output."""
    return Counter(
        f"{one.name}: {json.dumps(one.output)}" for one in instances if one.status == "Completed"
    )
