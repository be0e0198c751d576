"""What a run's jobs used is added up, and priced by the cluster's kind of nodes."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from activities import meter_run as module
from activities.meter_run import meter_run
from domain.clusters import Cluster
from domain.errors import TransientError
from domain.messages import Metered
from domain.pipeline import Pipeline
from tests.activities.runs import NOTE, new_run, pipeline, scored_run
from tests.streams.memory_lake import MemoryLake

Known = Callable[[Pipeline], Pipeline]
LOW = Cluster("cpu-cluster", 0, 4, 120, low_priority=True)


@pytest.fixture(autouse=True)
def prices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two prices."""
    monkeypatch.setenv("COMPUTE_PRICE_PER_NODE_HOUR", "0.3")
    monkeypatch.setenv("COMPUTE_PRICE_LOW_PRIORITY", "0.06")
    monkeypatch.setenv("COMPUTE_CURRENCY", "EUR")


def clusters(monkeypatch: pytest.MonkeyPatch, *answers: Cluster | Exception) -> None:
    """What Azure ML says about a cluster, one answer after the other."""
    left = list(answers)

    def find(name: str) -> Cluster:
        assert name == "cpu-cluster"
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(module, "computes", lambda _: SimpleNamespace(find=find))


def test_jobs_are_priced_by_the_kind_of_nodes(
    known: Known, lake: MemoryLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two jobs of 60 and 120 s on two nodes; an unknown kind is supposed to be dedicated."""
    run = scored_run(lake, known(pipeline()), 0, NOTE, 60, 120)
    clusters(monkeypatch, LOW, TransientError("Azure ML", "cluster", "503"))
    cheap = Metered.from_json(meter_run(run.to_json()))
    assert (cheap.jobs, cheap.node_seconds, cheap.currency) == (2, 360, "EUR")
    assert cheap.cost == pytest.approx(0.1 * 0.06)
    assert Metered.from_json(meter_run(run.to_json())).cost == pytest.approx(0.1 * 0.3)


def test_one_price_is_enough_to_ask_nobody(
    known: Known, lake: MemoryLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a price for low priority the cluster is not looked at."""
    monkeypatch.delenv("COMPUTE_PRICE_LOW_PRIORITY")
    run = scored_run(lake, known(pipeline()), 0, NOTE, 60)
    clusters(monkeypatch)
    assert Metered.from_json(meter_run(run.to_json())).cost == pytest.approx(0.01)


def test_a_run_without_jobs_used_nothing(
    known: Known, lake: MemoryLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it need a note."""
    run = new_run(lake, known(pipeline()), note=None)
    clusters(monkeypatch)
    found = Metered.from_json(meter_run(run.to_json()))
    assert (found.jobs, found.node_seconds, found.cost) == (0, 0, 0)
