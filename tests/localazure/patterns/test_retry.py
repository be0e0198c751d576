"""Retry: how often, how far apart, and what the orchestrator sees of it."""

import itertools
from pathlib import Path

import pytest

from tests.localazure.functions_host.host_process import HostProcess
from tests.localazure.patterns.client import Instance, start

pytestmark = pytest.mark.xdist_group("pattern-retry")

ATTEMPTS = 3
PAUSE_NS = 50_000_000


def run(host: HostProcess, name: str, folder: Path, failures: int) -> Instance:
    """Run an orchestrator to its end."""
    given = {"folder": str(folder), "failures": failures}
    instance = start(host, f"orchestrators/{name}", given)
    instance.finish()
    return instance


def attempts(folder: Path, activity: str) -> list[int]:
    """Return when an activity was tried, in nanoseconds."""
    return sorted(int(path.suffix[1:]) for path in folder.glob(f"{activity}.*"))


@pytest.mark.parametrize("failures", range(ATTEMPTS))
def test_an_activity_is_tried_until_it_works(
    host: HostProcess, folder: Path, failures: int
) -> None:
    """Failures within the policy cost attempts, and the orchestrator does not see them."""
    status = run(host, "fetch", folder, failures).status()
    assert status["output"] == f"page of attempt {failures + 1}"
    assert len(attempts(folder, "download")) == failures + 1


def test_the_last_failure_is_what_the_orchestrator_sees(host: HostProcess, folder: Path) -> None:
    """After as many attempts as the policy allows there is no other."""
    instance = run(host, "fetch", folder, ATTEMPTS)
    status = instance.status()
    assert status["runtimeStatus"] == "Failed"
    reason = "Activity function 'download' failed: ConnectionError: attempt 3 got no answer"
    assert status["output"].startswith(f"Orchestrator function 'fetch' failed: {reason}")
    assert len(attempts(folder, "download")) == ATTEMPTS
    assert len(instance.history("TaskFailed")) == ATTEMPTS


def test_a_pause_lies_between_attempts(host: HostProcess, folder: Path) -> None:
    """No attempt begins before the interval of the policy is over."""
    run(host, "fetch", folder, ATTEMPTS - 1)
    times = attempts(folder, "download")
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(pauses) == ATTEMPTS - 1
    assert all(pause >= PAUSE_NS for pause in pauses)


def test_a_sub_orchestration_is_tried_as_a_whole(host: HostProcess, folder: Path) -> None:
    """Each attempt runs all its activities again, under the id that the child was given."""
    instance = run(host, "publish", folder, ATTEMPTS - 1)
    assert instance.status()["output"] == "published: page of attempt 3"
    assert len(attempts(folder, "prepare")) == len(attempts(folder, "download")) == ATTEMPTS
    child = instance.get(f"{instance.instance_id}-once").json()
    assert (child["runtimeStatus"], child["output"]) == ("Completed", "page of attempt 3")


def test_a_sub_orchestration_is_given_up_as_well(host: HostProcess, folder: Path) -> None:
    """The parent catches the failure of the last attempt, which names child and activity."""
    instance = run(host, "publish", folder, ATTEMPTS)
    assert instance.status()["output"] == (
        "not published: Orchestrator function 'publish_once' failed: Activity function "
        "'download' failed: ConnectionError: attempt 3 got no answer"
    )
    assert len(attempts(folder, "prepare")) == len(attempts(folder, "download")) == ATTEMPTS
    assert len(instance.history("SubOrchestrationInstanceFailed")) == ATTEMPTS
    child = instance.get(f"{instance.instance_id}-once").json()
    assert child["runtimeStatus"] == "Failed"
