"""The cost policy's timer: there if it may do something, and one round at a time."""

from __future__ import annotations

import asyncio

import pytest

from domain.errors import SettingsError
from tests.adapters.pipelines import reading_pipeline
from tests.triggers.durable import Durable
from triggers.scaling import INSTANCE, have_scaled, scaling

PIPELINES = {"reading": reading_pipeline()}


@pytest.mark.parametrize(("policy", "timers"), [("", 0), ("off", 0), ("dry", 1), ("on", 1)])
def test_there_is_a_timer_unless_the_policy_is_off(
    policy: str, timers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app without pipelines has none either."""
    monkeypatch.setenv("COST_POLICY", policy)
    assert len(scaling(PIPELINES)._function_builders) == timers
    assert not scaling({})._function_builders


def test_the_timer_has_the_schedule_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong one keeps the app from starting, by its name."""
    monkeypatch.setenv("COST_POLICY", "on")
    monkeypatch.setenv("COST_POLICY_SCHEDULE", "0 */2 * * * *")
    [builder] = scaling(PIPELINES)._function_builders
    [timer] = [b for b in builder._function._bindings if b.type == "timerTrigger"]
    assert timer.schedule == "0 */2 * * * *"
    monkeypatch.setenv("COST_POLICY_SCHEDULE", "hourly")
    with pytest.raises(SettingsError, match="`COST_POLICY_SCHEDULE` must be NCRONTAB"):
        scaling(PIPELINES)


def test_a_tick_starts_a_round_over_all_pipelines() -> None:
    """Under one name, again and again."""
    client = Durable(**{INSTANCE: "Completed"})
    assert asyncio.run(have_scaled(client, PIPELINES)) is True
    assert client.done == [("start scale_clusters", INSTANCE)]
    assert client.inputs == [[{"pipeline": "reading", "moment": "tick", "run": None}]]


def test_a_round_that_goes_on_is_left_alone() -> None:
    """Two would get into each other's way."""
    client = Durable(**{INSTANCE: "Running"})
    assert asyncio.run(have_scaled(client, PIPELINES)) is False
    assert client.done == []
