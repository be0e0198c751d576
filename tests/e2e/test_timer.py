"""The timer of a pipeline with a schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.world import World, minutes, readings
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("e2e")


def test_a_tick_scores_yesterday_once(world: World) -> None:
    """The span that ended last is scored; a second tick finds nothing to do."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday = midnight - timedelta(days=1)
    frame = readings("timed", 144, minutes(10))
    frame["ts"] = frame["ts"] - frame["ts"].iloc[0] + yesterday + minutes(10)
    world.put(f"raw/daily/{yesterday:%Y-%m-%d}.parquet", frame[:-1])
    world.put(f"raw/daily/{midnight:%Y-%m-%d}.parquet", frame[-1:])

    _tick(world)

    runs = wait_until(lambda: _runs(world), description="the tick has started a run")
    run = world.ended(runs[0]["run_id"])
    assert run["status"] == "Completed", run
    assert run["trigger"] == "timer"
    assert run["run_id"] == f"daily-{yesterday:%Y%m%d}T000000Z-{midnight:%Y%m%d}T000000Z-r1"
    # The event at midnight sharp lies in the next day's file, and in yesterday's last window.
    assert run["counts"]["events_read"] == run["counts"]["windows"] == 144
    _tick(world)
    assert [entry["run_id"] for entry in _runs(world)] == [run["run_id"]]


def _tick(world: World) -> None:
    before = _ticks(world)
    answer = world.api.post("/admin/functions/daily_timer", json={})
    assert answer.status_code == 202, answer.text
    wait_until(lambda: _ticks(world) > before, description="the timer function has run")


def _ticks(world: World) -> int:
    log = (world.cloud.state / "logs" / "functions.log").read_text()
    return sum("daily_timer" in line and "Succeeded" in line for line in log.splitlines())


def _runs(world: World) -> list[dict[str, str]]:
    answer = world.api.get("/api/runs", params={"pipeline": "daily"})
    return list(answer.json()["runs"])
