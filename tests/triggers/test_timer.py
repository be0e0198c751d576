"""What a tick starts. That it does so through the real host is shown in tests/e2e/test_timer.py."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.pipeline_files import load_pipeline
from domain.errors import SettingsError
from domain.messages import RunRequest
from triggers import timer
from triggers.problems import RunConflictError

FLEET = load_pipeline(Path(__file__).parents[2] / "pipelines" / "fleet_health.yml")
NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)


class Starts:
    """Takes the place of the durable client: remembers what was asked for, and what exists."""

    def __init__(self, conflicts: set[int], exists: set[int]) -> None:
        self.conflicts, self.exists = conflicts, exists
        self.days: list[int] = []

    async def __call__(self, _client: Any, request: RunRequest) -> bool:
        """Says whether the run is new; days are those of the span's start."""
        day = request.run.start.day
        if day in self.conflicts:
            raise RunConflictError(f"run {request.run.run_id} exists with another input")
        if day in self.exists:
            return False
        self.days.append(day)
        return True


def _tick(
    monkeypatch: pytest.MonkeyPatch, scored_until: datetime | None, starts: Starts
) -> list[str]:
    scores = SimpleNamespace(last_span_end=lambda *_: scored_until)
    monkeypatch.setattr(timer, "context", lambda: SimpleNamespace(scores=scores))
    monkeypatch.setattr(timer, "start_run", starts)
    monkeypatch.setattr(timer, "utc_now", lambda: NOW)
    return asyncio.run(timer.start_due(None, FLEET))


def test_a_tick_starts_yesterday(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an empty ledger only the span that ended last is started."""
    starts = Starts(conflicts=set(), exists=set())
    assert _tick(monkeypatch, None, starts) == ["fleet_health-20260309T000000Z-20260310T000000Z-r1"]


def test_missed_spans_are_made_up_for_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three ticks were missed: three spans are started."""
    starts = Starts(conflicts=set(), exists=set())
    _tick(monkeypatch, NOW.replace(hour=0, minute=0) - timedelta(days=3), starts)
    assert starts.days == [7, 8, 9]


def test_a_span_that_was_started_is_not_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that exists is passed over."""
    starts = Starts(conflicts=set(), exists={8})
    _tick(monkeypatch, NOW.replace(hour=0, minute=0) - timedelta(days=3), starts)
    assert starts.days == [7, 9]


def test_a_span_in_conflict_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody scored one day from another input: the days after it are scored all the same."""
    starts = Starts(conflicts={7}, exists=set())
    _tick(monkeypatch, NOW.replace(hour=0, minute=0) - timedelta(days=3), starts)
    assert starts.days == [8, 9]


def test_the_app_setting_overrides_the_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    """SCHEDULE__NAME wins over the file, and a wrong one is named without its value."""
    assert timer.schedule_of(FLEET) == "0 30 1 * * *"
    monkeypatch.setenv("SCHEDULE__fleet_health", "0 0 5 * * *")
    assert timer.schedule_of(FLEET) == "0 0 5 * * *"
    monkeypatch.setenv("SCHEDULE__fleet_health", "daily")
    with pytest.raises(SettingsError, match="SCHEDULE__fleet_health"):
        timer.schedule_of(FLEET)
