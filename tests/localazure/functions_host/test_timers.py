"""Timer functions: ticks, missed ticks, ticks by hand."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.localazure.functions_host.host_process import APPS, HostProcess
from tests.support.waiting import wait_until

NewHost = Callable[..., HostProcess]


def ticks(folder: Path, pattern: str) -> int:
    """Count the ticks that were written down."""
    return len(list(folder.glob(f"{pattern}.*")))


def timers(new_host: NewHost, folder: Path) -> HostProcess:
    """Make a host of the timers app whose daily timer is due in twelve hours."""
    folder.mkdir()
    far = datetime.now(UTC) + timedelta(hours=12)
    daily = f"0 {far.minute} {far.hour} * * *"
    return new_host(APPS / "timers", TICKS=str(folder), DAILY=daily)


def test_timers_tick(new_host: NewHost, tmp_path: Path) -> None:
    """A timer ticks on its schedule, also after failures; another only at start-up."""
    folder = tmp_path / "ticks"
    host = timers(new_host, folder).start()
    wait_until(lambda: ticks(folder, "every_second.on_time") >= 2, description="two ticks")
    wait_until(lambda: ticks(folder, "failing.on_time") >= 2, description="two failed ticks")
    assert ticks(folder, "at_startup.on_time") == 1
    assert ticks(folder, "daily") == 0
    assert "RuntimeError: no luck" in host.output()


def test_a_missed_tick_is_made_up_for(new_host: NewHost, tmp_path: Path) -> None:
    """A host that was down at the tick runs it once at the next start, with past_due."""
    folder = tmp_path / "ticks"
    host = timers(new_host, folder).start()
    status_file = host.state / "timers" / "daily.json"
    wait_until(status_file.exists, description="the schedule monitor has begun")
    assert host.stop() == 0
    status = json.loads(status_file.read_text("utf-8"))
    status["Last"] = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    status_file.write_text(json.dumps(status), "utf-8")
    host.start()
    wait_until(lambda: ticks(folder, "daily.past_due") == 1, description="the missed tick")
    wait_until(
        lambda: json.loads(status_file.read_text("utf-8"))["Last"] > status["Last"],
        description="the tick is noted",
    )
    assert host.stop() == 0
    host.start()
    wait_until(lambda: ticks(folder, "at_startup") == 3, description="the third start")
    assert ticks(folder, "daily") == 1


def test_a_timer_is_invoked_by_hand(new_host: NewHost, tmp_path: Path) -> None:
    """POST /admin/functions/{name} runs a timer function now."""
    folder = tmp_path / "ticks"
    host = timers(new_host, folder).start()
    assert host.post("/admin/functions/daily", json={"input": ""}).status_code == 202
    wait_until(lambda: ticks(folder, "daily.on_time") == 1, description="the tick")


def test_an_unknown_setting_in_a_schedule_is_named(new_host: NewHost, tmp_path: Path) -> None:
    """`%DAILY%` without such a setting keeps the host from starting."""
    host = new_host(APPS / "timers", TICKS=str(tmp_path))
    assert host.run_to_end() == 1
    assert "Function 'daily': %DAILY% is not an app setting" in host.output()
