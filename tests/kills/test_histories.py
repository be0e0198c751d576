"""The look at histories finds what a kill could have broken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localazure.durable import events
from tests.kills.histories import problems

pytestmark = pytest.mark.xdist_group("kills")

NOW = datetime(2026, 3, 1, tzinfo=UTC)
History = list[dict[str, Any]]

STARTED, SCHEDULED, TIMER, DONE, FIRED = 1, 2, 3, 6, 7


def history() -> History:
    """An instance with an activity and a timer, and a timer that it has cancelled."""
    begun = events.execution_started(
        NOW, name="n", version="", input_json=None, instance_id="i", execution_id="e"
    )
    soon = NOW + timedelta(seconds=1)
    return [
        events.orchestrator_started(NOW),
        begun,
        events.task_scheduled(NOW, 0, "activity"),
        events.timer_created(NOW, 1, soon),
        events.orchestrator_completed(NOW),
        events.orchestrator_started(soon),
        events.task_completed(soon, 0, "1"),
        events.timer_fired(soon, 1, events.wire_time(soon)),
        events.timer_created(soon, 2, soon + timedelta(hours=1)),
        events.execution_completed(soon, 3, status="Completed", result="1"),
        events.orchestrator_completed(soon),
    ]


def test_a_whole_history_has_no_problems() -> None:
    """All that was scheduled has come back once, but for the timer that was not due."""
    assert problems(history()) == []


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(lambda h: h.pop(DONE), "task 0 has come back 0 times", id="lost"),
        pytest.param(lambda h: h.pop(FIRED), "task 1 has come back 0 times", id="lost timer"),
        pytest.param(lambda h: h.insert(DONE, h[DONE]), "task 0 has come back 2 times", id="twice"),
        pytest.param(lambda h: h.insert(TIMER, h[SCHEDULED]), "numbers its tasks", id="same id"),
        pytest.param(lambda h: h.pop(SCHEDULED), "is for task 0, which is None", id="stranger"),
        pytest.param(lambda h: h.insert(1, h.pop(DONE)), "is for task 0", id="too early"),
        pytest.param(lambda h: h[DONE].update(TaskScheduledId=1), "is for task 1", id="mixed up"),
        pytest.param(lambda h: h.insert(SCHEDULED, h[STARTED]), "has 2 of", id="started twice"),
        pytest.param(lambda h: h.pop(), "ends with", id="open"),
        pytest.param(lambda h: h.pop(4), "a turn is not closed", id="torn"),
    ],
)
def test_a_broken_history_is_told(spoil: Callable[[History], object], told: str) -> None:
    """Losses, repetitions and confusions are each told in a sentence."""
    broken = history()
    spoil(broken)
    assert any(told in problem for problem in problems(broken)), problems(broken)
