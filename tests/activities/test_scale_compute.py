"""The cost policy over the ledger, the notes and a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from activities import scale_compute as module
from activities.scale_compute import scale_compute
from domain.clusters import Cluster
from domain.errors import UnknownPipelineError
from domain.messages import Moment, Run, Scaled, ScaleOrder
from domain.pipeline import Pipeline
from domain.runs import RunStatus
from tests.activities.runs import DAY, NOTE, new_run, pipeline, record, scored_run
from tests.adapters.landing.streams import stream
from tests.streams.memory_lake import MemoryLake

Known = Callable[[Pipeline], Pipeline]
NIGHTLY = "0 30 1 * * *"


@dataclass
class Workspace:
    """A workspace with one cluster; `writes` counts."""

    cluster: Cluster | None
    writes: int = 0

    def find(self, name: str) -> Cluster | None:
        """The cluster, by its own name."""
        assert name == "cpu-cluster"
        return self.cluster

    def scale(self, name: str, *, min_instances: int, idle_s: int) -> bool:
        """Sets it."""
        assert self.cluster is not None and name == "cpu-cluster"
        self.cluster = replace(self.cluster, min_instances=min_instances, idle_s=idle_s)
        self.writes += 1
        return True


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch, known: Known) -> Iterator[Workspace]:
    """A cluster of four cold nodes, and a policy that is on."""
    one = Workspace(Cluster("cpu-cluster", 0, 4, 120))
    monkeypatch.setattr(module, "computes", lambda _: one)
    monkeypatch.setenv("COST_POLICY", "on")
    yield one


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the clock."""
    return lambda now: monkeypatch.setattr(module, "utc_now", lambda: now)


def scaled(one: Pipeline, moment: Moment = Moment.TICK, run: Run | None = None) -> Scaled:
    """What the activity answers."""
    order = ScaleOrder(pipeline=one.name, moment=moment, run=run)
    return Scaled.from_json(scale_compute(order.to_json()))


def night(days: int, seconds: float = 0) -> datetime:
    """So many seconds after 01:30 of a day."""
    return DAY + timedelta(days=days, hours=1, minutes=30, seconds=seconds)


def test_a_night_of_a_scheduled_pipeline(
    known: Known,
    lake: MemoryLake,
    workspace: Workspace,
    at: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Down by day, warmed ahead of 01:30, kept while it runs, down when it has ended."""
    monkeypatch.setenv("COMPUTE_START_SECONDS", "240")
    one = known(pipeline(schedule=NIGHTLY))
    scored_run(lake, one, 0, NOTE, 600, 600)
    at(night(2, -3600))
    assert scaled(one) == Scaled(
        changed=True,
        min_instances=0,
        idle_s=180,
        why="at least 0 nodes, idle ones for 180 s: the next run begins in 60.0 min: until then "
        "idle nodes go down",
    )
    at(night(2, -280))
    warm = scaled(one)
    assert (warm.changed, warm.min_instances) == (True, 4)
    assert "fleet needs 4 nodes in 5.7 min, and nodes take" in warm.why
    again = scaled(one)
    assert (again.changed, again.min_instances) == (False, 4)

    run = new_run(lake, one, 1)
    at(night(2, 5))
    assert scaled(one).min_instances == 4  # nobody has recorded the run yet
    record(run, RunStatus.RUNNING, night(2, 5))
    assert scaled(one, Moment.RUN_BEGINS, run).min_instances == 4
    at(night(2, 3000))
    assert scaled(one).min_instances == 4
    assert scaled(one, Moment.RUN_ENDS, run).min_instances == 0
    record(run, RunStatus.COMPLETED, night(2, 3001))
    assert not scaled(one).changed
    assert workspace.writes == 3


def test_off_asks_nobody(
    known: Known, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither Azure ML nor the ledger."""
    monkeypatch.setenv("COST_POLICY", "off")
    workspace.cluster = None
    assert scaled(known(pipeline())).why == "the cost policy is off (COST_POLICY)"


def test_dry_says_what_it_would_do(
    known: Known,
    lake: MemoryLake,
    workspace: Workspace,
    at: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And writes nothing."""
    monkeypatch.setenv("COST_POLICY", "dry")
    monkeypatch.setenv("COMPUTE_START_SECONDS", "240")
    one = known(pipeline(schedule=NIGHTLY))
    scored_run(lake, one, 0, NOTE, 600)
    at(night(2, -100))
    found = scaled(one)
    assert (found.changed, found.min_instances, workspace.writes) == (False, 2, 0)
    assert found.why.startswith("would set cpu-cluster to at least 2 nodes, idle ones for 180 s")


def test_a_shared_cluster_is_kept_for_the_other(
    known: Known, lake: MemoryLake, workspace: Workspace, at: Callable[[datetime], None]
) -> None:
    """The end of one run takes no nodes from another that is under way."""
    mine = known(pipeline())
    output = pipeline().output.model_dump(mode="json") | {"table": "others"}
    theirs = known(pipeline(name="theirs", output=output))
    run, other = new_run(lake, mine, 0), new_run(lake, theirs, 0)
    for one in (run, other):
        record(one, RunStatus.RUNNING, night(1))
    at(night(1, 100))
    assert scaled(mine, Moment.RUN_BEGINS, run).min_instances == 4
    assert scaled(mine, Moment.RUN_ENDS, run).min_instances == 4
    record(run, RunStatus.COMPLETED, night(1, 101))
    assert scaled(mine).min_instances == 4
    assert scaled(theirs).why == "cpu-cluster is looked after with fleet"
    assert scaled(theirs, Moment.RUN_ENDS, other).min_instances == 0


def test_a_run_that_was_lost_holds_no_nodes_for_ever(
    known: Known, lake: MemoryLake, workspace: Workspace, at: Callable[[datetime], None]
) -> None:
    """After a day nobody believes that it still runs."""
    one = known(pipeline())
    record(new_run(lake, one, 0), RunStatus.RUNNING, night(1))
    at(night(1, 86_000))
    assert scaled(one).min_instances == 4
    at(night(2, 1))
    assert scaled(one).min_instances == 0


def test_a_silent_stream_is_not_waited_for(
    known: Known, lake: MemoryLake, workspace: Workspace, at: Callable[[datetime], None]
) -> None:
    """While it runs every quarter of an hour its next run is expected; then no longer."""
    one = known(stream())
    record(new_run(lake, one, 0), RunStatus.RUNNING, night(1))
    record(new_run(lake, one, 0), RunStatus.COMPLETED, night(1, 60))
    at(night(1, 14 * 60))
    assert scaled(one).min_instances == 4
    at(night(1, 59 * 60))
    assert "no run is expected" in scaled(one).why


@pytest.mark.parametrize(("wait", "nodes"), [("30", 0), ("29", 2)])
def test_measured_start_ups_decide_how_early(
    known: Known,
    lake: MemoryLake,
    workspace: Workspace,
    at: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
    wait: str,
    nodes: int,
) -> None:
    """The first job waited 30 s: nobody pays ahead for that if a run may wait as long."""
    monkeypatch.setenv("COMPUTE_MAX_WAIT_SECONDS", wait)
    one = known(pipeline(schedule=NIGHTLY))
    scored_run(lake, one, 0, NOTE, 600)
    at(night(2, -320))
    assert scaled(one).min_instances == nodes


def test_what_cannot_be_scaled_is_told(
    known: Known, lake: MemoryLake, workspace: Workspace
) -> None:
    """No run yet, no cluster, or one that is being changed; an unknown pipeline is refused."""
    one = known(pipeline())
    assert "no run of fleet has noted" in scaled(one).why
    run = new_run(lake, one, 0)
    record(run, RunStatus.RUNNING, DAY)
    cluster, workspace.cluster = workspace.cluster, None
    assert "there is no cluster cpu-cluster that scales" in scaled(one).why
    assert cluster is not None
    workspace.cluster = replace(cluster, is_busy=True)
    assert "is being changed" in scaled(one).why
    with pytest.raises(UnknownPipelineError):
        scaled(one.model_copy(update={"name": "nope"}))
