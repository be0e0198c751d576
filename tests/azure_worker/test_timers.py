"""Timer functions see the same tick on both sides."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.azure_worker.conftest import HostOf, PairOf
from tests.azure_worker.host_messages import tick
from tests.azure_worker.sides import APPS, SEEN, surroundings
from tests.localazure.functions_host.host_process import HostProcess
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.xdist_group("azure_worker"), pytest.mark.timeout(900)]

TIMERS = APPS / "timers"


def seen(folder: Path, function: str) -> dict[str, Any] | None:
    """What a function has written down, if it has; it is taken away."""
    file = folder / f"{function}.json"
    if not file.exists():
        return None
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    file.unlink()
    return found


def test_a_missed_tick_is_seen_alike(pair_of: PairOf, tmp_path: Path) -> None:
    """`past_due` and the status of the schedule, which the host has kept since before."""
    pair, files = pair_of(SEEN), tmp_path / "files"
    last = datetime.now(UTC) - timedelta(days=3)
    status = {
        "Last": last.isoformat(),
        "Next": (last + timedelta(days=1)).isoformat(),
        "LastUpdated": last.isoformat(),
    }
    kept = tmp_path / "state" / "timers" / "nightly.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps(status), "utf-8")
    host = HostProcess(SEEN, tmp_path / "state", **surroundings(files)).start()
    ours = wait_until(lambda: seen(files, "nightly"), description="the missed tick")
    assert host.stop() == 0
    assert pair.azure.invoke("nightly", tick(past_due=True, status=status))["returned"] is None
    assert ours == seen(pair.azure_folder, "nightly")


def test_a_tick_by_hand_is_seen_alike(pair_of: PairOf, host_of: HostOf) -> None:
    """On time, in the first minute of a schedule."""
    host, pair = host_of(SEEN), pair_of(SEEN)
    kept = host.state / "timers" / "nightly.json"
    wait_until(kept.exists, description="the schedule is noted")
    status = json.loads(kept.read_text("utf-8"))
    assert host.post("/admin/functions/nightly", json={}).status_code == 202
    files = Path(host.environ["SEEN"])
    ours = wait_until(lambda: seen(files, "nightly"), description="the tick")
    pair.azure.invoke("nightly", tick(past_due=False, status=status))
    assert ours == seen(pair.azure_folder, "nightly")


@pytest.mark.parametrize("past_due", [False, True])
def test_the_timers_app_ticks_alike(past_due: bool, pair_of: PairOf) -> None:
    """Sync and async timers run in Azure's worker; one that raises fails there, too."""
    azure, files = pair_of(TIMERS).azure, pair_of(TIMERS).azure_folder
    kind = "past_due" if past_due else "on_time"
    for function in ("every_second", "daily", "at_startup"):
        assert "returned" in azure.invoke(function, tick(past_due=past_due))
    assert azure.invoke("failing", tick(past_due=past_due))["error"]["message"] == (
        "RuntimeError: no luck"
    )
    for function in ("every_second", "daily", "at_startup", "failing"):
        assert len([*files.glob(f"{function}.{kind}.*")]) == 1


def test_what_nobody_takes_is_refused(pair_of: PairOf, host_of: HostOf) -> None:
    """A function that returns a value without a binding for it has run, and has failed."""
    host, pair = host_of(SEEN), pair_of(SEEN)
    told = pair.azure.invoke("returns_a_value", tick(past_due=False))
    assert "without a $return binding" in told["error"]["message"]
    assert host.post("/admin/functions/returns_a_value", json={}).status_code == 202
    files = Path(host.environ["SEEN"])
    assert wait_until(
        lambda: seen(files, "returns_a_value"), description="the function has run"
    ) == seen(pair.azure_folder, "returns_a_value")
    wait_until(
        lambda: "without a $return binding" in host.output(), description="the failure is told"
    )
