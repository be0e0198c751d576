"""Fan-out and fan-in: many at once, joined in order; and the race, where the first is enough."""

from pathlib import Path

import pytest

from tests.localazure.functions_host.host_process import HostProcess
from tests.localazure.patterns.client import start

pytestmark = pytest.mark.xdist_group("pattern-fan-out")

MANY = 200
HOUR_S = 3600


def test_results_come_in_the_order_of_the_calls(host: HostProcess, folder: Path) -> None:
    """The join has every result at its place, though the activities ended in another order."""
    order = {"folder": str(folder), "numbers": MANY}
    instance = start(host, "orchestrators/square_all", order)
    squares = [number * number for number in range(MANY)]
    assert instance.finish()["output"] == {"squares": squares, "total": sum(squares)}
    completed = instance.history("TaskCompleted")
    ended = [event["Result"] for event in completed if event["FunctionName"] == "square"]
    assert ended != squares
    assert sorted(ended) == squares
    assert len(list(folder.glob("square.*"))) == MANY


def test_one_failure_fails_the_join(host: HostProcess, folder: Path) -> None:
    """The orchestrator sees the failure of the one; all others have run by the time it ends."""
    order = {"folder": str(folder), "numbers": 30, "forbidden": [7]}
    instance = start(host, "orchestrators/square_all", order)
    status = instance.finish()
    assert status["runtimeStatus"] == "Failed"
    reason = "Activity function 'square' failed: ValueError: 7 is forbidden"
    assert status["output"].startswith(f"Orchestrator function 'square_all' failed: {reason}")
    assert len(instance.history("TaskFailed")) == 1
    assert len(list(folder.glob("square.*"))) == 30


def test_the_first_answer_wins_and_cancels_the_timer(host: HostProcess, folder: Path) -> None:
    """The instance is not over before the slower ones are, but does not wait for the timer."""
    order = {"folder": str(folder), "mirrors": ["near", "far"], "patience_s": HOUR_S}
    instance = start(host, "orchestrators/race", order)
    (folder / "far").touch()
    seen = instance.reach(lambda status: status["customStatus"] is not None, "somebody has won")
    assert (seen["customStatus"], seen["runtimeStatus"]) == ("far was first", "Running")
    (folder / "near").touch()
    assert instance.finish()["output"] == "far"
    assert instance.history("TimerFired") == []


def test_a_timer_ends_the_wait(host: HostProcess, folder: Path) -> None:
    """If the timer wins, answers that come later change nothing."""
    mirrors = ["near", "far"]
    order = {"folder": str(folder), "mirrors": mirrors, "patience_s": 0.1}
    instance = start(host, "orchestrators/race", order)
    seen = instance.reach(lambda status: status["customStatus"] is not None, "the wait is over")
    assert seen["customStatus"] == "nobody answered in time"
    for mirror in mirrors:
        (folder / mirror).touch()
    status = instance.finish()
    assert (status["runtimeStatus"], status["output"]) == ("Completed", None)
    assert len(instance.history("TimerFired")) == 1
