"""How many nodes a compute has, and what they cost, by a clock that the test turns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from localazure.mlbatch.cluster import Cluster
from localazure.mlbatch.computes import Compute
from localazure.mlbatch.metering import JobUse, Meter


@dataclass
class Plant:
    """A cluster with a clock, and the nodes that its jobs hold."""

    meter: Meter
    now: float = 1000.0
    start_s: float = 10.0
    cluster: Cluster = field(init=False)

    def __post_init__(self) -> None:
        self.cluster = Cluster(self.compute(), self.meter, lambda: self.now)

    def compute(self, least: int = 0, most: int = 3) -> Compute:
        """Return a compute whose nodes go after a minute."""
        return Compute(
            name="c", min_instances=least, max_instances=most, idle_time_before_scale_down=60
        )

    def scale(self, demand: int) -> list[str]:
        """Scale to a demand; return the states of the nodes."""
        self.cluster.scale(demand, lambda: self.start_s)
        return sorted(node.state(self.now) for node in self.cluster.nodes)


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    """An empty cluster."""
    meter = Meter(tmp_path / "meter.db")
    yield Plant(meter)
    meter.close()


def test_nodes_start_for_jobs_and_go_when_they_are_idle(plant: Plant) -> None:
    """Start-up and idle time are in the cluster's bill, not in the job's."""
    assert plant.scale(2) == ["preparing", "preparing"]
    assert plant.cluster.take("job", 2) == []
    assert plant.cluster.next_change() == 1010
    plant.now = 1010
    nodes = plant.cluster.take("job", 2)
    assert plant.scale(2) == ["running", "running"]
    plant.now = 1030
    plant.cluster.release(nodes)
    assert plant.scale(0) == ["idle", "idle"]
    assert plant.cluster.next_change() == 1090
    plant.now = 1090
    assert plant.scale(0) == []
    assert plant.cluster.next_change() is None
    use = plant.meter.computes()[0]
    assert (use.nodes_started, use.node_seconds_up, use.node_seconds_busy) == (2, 180, 40)
    assert plant.meter.jobs("j*") == [JobUse("job", "c", 2, 40)]


def test_the_bounds_hold(plant: Plant) -> None:
    """There are never more nodes than the maximum, nor, when idle for long, less than the least."""
    plant.start_s = 0
    plant.cluster.compute = plant.compute(least=1)
    assert plant.scale(0) == ["idle"]
    assert len(plant.scale(9)) == 3
    plant.now += 3600
    assert plant.scale(0) == ["idle"]


def test_new_bounds_count_at_once(plant: Plant) -> None:
    """Idle nodes above a new maximum go at once; one with a job goes when the job is done."""
    plant.start_s = 0
    plant.scale(3)
    nodes = plant.cluster.take("job", 2)
    plant.cluster.compute = plant.compute(most=1)
    assert plant.scale(2) == ["running", "running"]
    plant.cluster.release(nodes)
    assert plant.scale(0) == ["idle"]


def test_a_lost_node_is_replaced(plant: Plant) -> None:
    """A node that is gone costs nothing more, and another one starts if jobs wait."""
    plant.start_s = 0
    plant.scale(1)
    nodes = plant.cluster.take("job", 1)
    plant.now += 5
    plant.cluster.release(nodes)
    plant.cluster.drop(nodes[0])
    plant.now += 5
    assert plant.scale(1) == ["idle"]
    assert plant.meter.computes()[0].node_seconds_up == 5


def test_what_was_up_when_the_service_was_killed_ends_where_it_was_last_seen(
    plant: Plant, tmp_path: Path
) -> None:
    """The next service goes on with the sums, not with the nodes."""
    plant.start_s = 0
    plant.scale(1)
    plant.cluster.take("job", 1)
    plant.meter.beat(1020)
    later = Meter(tmp_path / "meter.db")
    later.settle()
    later.beat(5000)
    assert later.computes()[0].node_seconds_up == 20
    assert later.of_job("job") == 20
    later.close()
