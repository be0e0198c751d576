"""Eternal orchestration: rounds that hand their state on, until somebody ends them."""

from pathlib import Path

import pytest

from tests.localazure.functions_host.host_process import HostProcess
from tests.localazure.patterns.client import Condition, Instance, start

pytestmark = pytest.mark.xdist_group("pattern-eternal")

HOUR_S = 3600


def start_meter(host: HostProcess, folder: Path, pause_s: float) -> Instance:
    """Start to read a meter."""
    return start(host, "meters", {"folder": str(folder), "pause_s": pause_s})


def in_round(number: int) -> Condition:
    """Return the condition that so many rounds have ended."""
    return lambda status: (status["customStatus"] or {"rounds": 0})["rounds"] >= number


def readings(folder: Path) -> int:
    """Count how often the meter was read."""
    return len(list(folder.glob("reading.*")))


def test_the_state_is_handed_on(host: HostProcess, folder: Path) -> None:
    """Each round begins with what the one before handed over, and each reading is made once."""
    meter = start_meter(host, folder, HOUR_S)
    for number in range(1, 6):
        assert meter.raise_event("Wake").status_code == 202
        meter.reach(in_round(number), f"round {number} has ended")
    assert meter.raise_event("Stop", "enough").status_code == 202
    status = meter.finish()
    assert status["runtimeStatus"] == "Completed"
    assert status["output"] == {"rounds": 6, "readings": [30, 40, 50], "why": "enough"}
    assert readings(folder) == 6


def test_every_round_has_a_history_of_its_own(host: HostProcess, folder: Path) -> None:
    """After many rounds under one id the history tells of the last one only."""
    meter = start_meter(host, folder, HOUR_S)
    for number in range(1, 4):
        meter.raise_event("Wake")
        meter.reach(in_round(number), f"round {number} has ended")
    meter.raise_event("Stop")
    meter.finish()
    assert len(meter.history("ExecutionStarted")) == 1
    assert len(meter.history("TaskCompleted")) == 1
    assert [event["Name"] for event in meter.history("EventRaised")] == ["Stop"]
    assert meter.history("TimerFired") == []


def test_a_terminated_loop_stays_ended(host: HostProcess, folder: Path) -> None:
    """The reason is the output; no further round begins, and the instance can be purged."""
    (folder / "first").mkdir()
    (folder / "second").mkdir()
    meter = start_meter(host, folder / "first", 0.02)
    assert meter.reach(in_round(5), "five rounds have ended")["runtimeStatus"] == "Running"
    assert meter.purge().status_code == 412
    assert meter.order("terminate", "no more & out").status_code == 202
    status = meter.finish()
    assert (status["runtimeStatus"], status["output"]) == ("Terminated", "no more & out")
    other = start_meter(host, folder / "second", 0.02)
    other.reach(in_round(1), "a reading that was under way has ended")
    before = readings(folder / "first")
    other.reach(in_round(5), "another loop has made four more rounds")
    assert readings(folder / "first") == before
    assert meter.raise_event("Wake").status_code == 410
    assert meter.purge().json() == {"instancesDeleted": 1}
    assert meter.get().status_code == 404
    other.order("terminate")
    other.finish()
