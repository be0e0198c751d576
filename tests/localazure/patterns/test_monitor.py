"""Monitor: what the custom status tells while it looks, and how it ends."""

from pathlib import Path

import pytest

from tests.localazure.functions_host.host_process import WEBHOOKS, HostProcess
from tests.localazure.patterns.client import Condition, Instance, start

pytestmark = pytest.mark.xdist_group("pattern-monitor")


def watch(host: HostProcess, folder: Path, patience_s: float = 3600) -> Instance:
    """Start to watch a job that runs."""
    set_state(folder, "running")
    given = {"folder": str(folder), "interval_s": 0.05, "patience_s": patience_s}
    return start(host, "monitors", given)


def set_state(folder: Path, state: str) -> None:
    """Change the state of the job at one stroke."""
    (folder / "new").write_text(state, "utf-8")
    (folder / "new").rename(folder / "state")


def looks(folder: Path) -> int:
    """Count how often somebody looked."""
    return len(list(folder.glob("look.*")))


def has_looked(times: int) -> Condition:
    """Return the condition that a monitor has told of so many looks."""
    return lambda status: (status["customStatus"] or {"looks": 0})["looks"] >= times


def test_the_custom_status_tells_what_was_seen(host: HostProcess, folder: Path) -> None:
    """While the monitor runs its status is 202 and tells of the last look; then the output does."""
    instance = watch(host, folder)
    seen = instance.reach(has_looked(3), "it has looked three times")
    assert (seen["name"], seen["runtimeStatus"]) == ("MonitorJob", "Running")
    assert seen["customStatus"]["state"] == "running"
    assert instance.get().status_code == 202
    set_state(folder, "done")
    status = instance.finish()
    assert status["output"] == status["customStatus"] == {"looks": looks(folder), "state": "done"}
    assert instance.get().status_code == 200


def test_no_timer_fires_early(host: HostProcess, folder: Path) -> None:
    """Between two looks lies the whole interval."""
    instance = watch(host, folder)
    instance.reach(has_looked(5), "it has looked five times")
    set_state(folder, "done")
    instance.finish()
    fired = instance.history("TimerFired")
    assert len(fired) == looks(folder) - 1
    assert all(event["Timestamp"] >= event["FireAt"] for event in fired)


def test_a_monitor_gives_up_at_its_deadline(host: HostProcess, folder: Path) -> None:
    """The deadline ends the loop, however the job is."""
    status = watch(host, folder, patience_s=0.3).finish()
    assert status["output"] == {"looks": looks(folder), "state": "given up"}
    assert status["customStatus"]["state"] == "running"


def test_a_killed_monitor_goes_on(host: HostProcess, folder: Path) -> None:
    """A new host looks on where the old one stopped, and counts no look twice."""
    instance = watch(host, folder)
    before = instance.reach(has_looked(3), "it has looked three times")
    host.kill()
    host.start()
    after = instance.reach(has_looked(looks(folder) + 2), "it looks again")
    assert after["createdTime"] == before["createdTime"]
    set_state(folder, "done")
    told = instance.finish()["output"]["looks"]
    # A look that the kill interrupted is made again.
    assert told <= looks(folder) <= told + 1


def test_a_declared_name_is_the_only_one(host: HostProcess) -> None:
    """As in Azure, the name of the Python function does not count beside it."""
    refused = host.post(f"{WEBHOOKS}/orchestrators/monitor_job")
    assert refused.status_code == 400
    assert "The following are the known orchestrator functions: 'MonitorJob'." in refused.text
