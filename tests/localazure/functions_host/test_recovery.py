"""A host that dies in the middle of a run: nothing is lost, nothing is counted twice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.localazure.functions_host.host_process import APPS, HostProcess
from tests.support.waiting import wait_until

NewHost = Callable[..., HostProcess]
TOTAL = sum(range(10)) + 3 * sum(2 * n for n in range(5))


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    """The folder of marks."""
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


def test_a_killed_run_continues(new_host: NewHost, marks: Path) -> None:
    """After a kill the running activity runs again; those with a result do not."""
    host = new_host(APPS / "patterns", MARKS=str(marks)).start()
    name = host.start_new("slow_chain", instance_id="killed")
    wait_until(lambda: list(marks.glob("held-killed.*")), description="the run is in the middle")
    host.kill()
    host.start()
    wait_until(lambda: len(list(marks.glob("held-killed.*"))) == 2, description="it runs again")
    (marks / "go-killed").touch()
    assert host.finish(name)["output"] == TOTAL
    assert len(list(marks.glob("killed-*"))) == 10


def test_a_run_survives_kill_after_kill(new_host: NewHost, marks: Path) -> None:
    """Kills at any moment leave a state that the next host goes on from."""
    host = new_host(APPS / "patterns", MARKS=str(marks)).start()
    (marks / "go-often").touch()
    names = [host.start_new("many_retried"), host.start_new("segmented", [5, 20])]
    names.append(host.start_new("slow_chain", instance_id="often"))
    names.append(host.start_new("monitor", {"round": 0, "until": 30}))
    for _ in range(4):
        host.kill()
        host.start()
    outputs = [host.finish(name)["output"] for name in names]
    # A retried activity may have run once more than it was counted, so only totals are compared.
    assert outputs[0]["extra"] == 200
    assert len(outputs[0]["rest"]) == 40
    assert outputs[1] == 5 * sum(2 * n for n in range(20))
    assert outputs[2] == TOTAL
    assert outputs[3]["rounds"] == 30


def test_timers_and_events_survive(new_host: NewHost, marks: Path) -> None:
    """A timer that came due while the host was down fires at once; a kept event is delivered."""
    host = new_host(APPS / "patterns", MARKS=str(marks)).start()
    late = host.start_new("approval", 500)
    early = host.start_new("early_event")
    wait_until(lambda: list(marks.glob("held-*")), description="the activity runs")
    host.raise_event(early, "go", 1)
    host.kill()
    (marks / f"go-{early}").touch()
    host.start()
    assert host.finish(early)["output"] == {"go": 1}
    assert host.finish(late)["output"] == "escalated"


def test_a_stop_is_quick_and_clean(new_host: NewHost, marks: Path) -> None:
    """SIGTERM ends the host with exit code 0 though an activity still runs; it runs again."""
    host = new_host(APPS / "patterns", MARKS=str(marks)).start()
    name = host.start_new("holds_back")
    wait_until(lambda: list(marks.glob("held-*")), description="the activity runs")
    assert host.stop() == 0
    assert "The host has stopped." in host.output()
    (marks / f"go-{name}").touch()
    host.start()
    assert host.finish(name)["output"] == "done"
