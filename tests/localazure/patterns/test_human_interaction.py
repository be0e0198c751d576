"""Human interaction: approved, denied, or too late."""

from pathlib import Path

import pytest

from tests.localazure.functions_host.host_process import HostProcess
from tests.localazure.patterns.client import Instance, Status, start
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("pattern-human-interaction")

HOUR_S = 3600
YES = {"approved": True, "by": "Ada"}
NO = {"approved": False, "by": "Grace"}


def claim(host: HostProcess, folder: Path, patience_s: float = HOUR_S) -> Instance:
    """Claim an expense."""
    given = {"folder": str(folder), "amount": 80, "patience_s": patience_s}
    return start(host, "expenses", given)


def is_waiting(status: Status) -> bool:
    """Say whether the person has been asked."""
    return bool(status["customStatus"] == "waiting for an answer")


def marks(folder: Path) -> list[str]:
    """Return the names of the activities that ran."""
    return sorted(path.stem for path in folder.iterdir())


def test_an_approval_in_time_is_acted_upon(host: HostProcess, folder: Path) -> None:
    """The event's data reaches the orchestrator; the timer of an hour is given up."""
    instance = claim(host, folder)
    assert instance.reach(is_waiting, "waits")["runtimeStatus"] == "Running"
    assert instance.raise_event("Answered", YES).status_code == 202
    status = instance.finish()
    assert status["output"] == {"decision": "approved", "by": "Ada", "paid": 80}
    assert marks(folder) == ["asked", "paid"]
    assert instance.history("TimerFired") == []


def test_a_denial_is_an_answer_too(host: HostProcess, folder: Path) -> None:
    """What the event says decides, not that it came."""
    instance = claim(host, folder)
    instance.raise_event("Answered", NO)
    assert instance.finish()["output"] == {"decision": "denied", "by": "Grace"}
    assert marks(folder) == ["asked"]


def test_an_answer_that_is_late_is_refused(host: HostProcess, folder: Path) -> None:
    """After the time-out the instance has ended: an event for it is 410 and changes nothing."""
    instance = claim(host, folder, patience_s=0.1)
    assert instance.finish()["output"] == {"decision": "escalated"}
    assert instance.raise_event("Answered", YES).status_code == 410
    assert instance.status()["output"] == {"decision": "escalated"}
    assert marks(folder) == ["asked", "escalated"]


def test_only_the_awaited_event_counts(host: HostProcess, folder: Path) -> None:
    """An event of another name does not end the wait, and of two answers the first one counts."""
    instance = claim(host, folder)
    assert instance.raise_event("Question", "how much?").status_code == 202
    instance.reach(is_waiting, "waits")
    wait_until(
        lambda: [event["Name"] for event in instance.history("EventRaised")] == ["Question"],
        description="the event is in the history",
    )
    instance.raise_event("Answered", NO)
    instance.raise_event("Answered", YES)
    assert instance.finish()["output"]["decision"] == "denied"


def test_an_answer_reaches_a_host_that_was_killed(host: HostProcess, folder: Path) -> None:
    """The wait survives the process: the person is not asked again, and the answer counts."""
    instance = claim(host, folder)
    instance.reach(is_waiting, "waits")
    host.kill()
    host.start()
    assert instance.status()["customStatus"] == "waiting for an answer"
    instance.raise_event("Answered", YES)
    assert instance.finish()["output"]["decision"] == "approved"
    assert marks(folder) == ["asked", "paid"]
