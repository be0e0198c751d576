"""Waiting for the stream: until all of it is scored, and no longer than makes sense."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, repeat
from typing import Any

import pytest

from demo.errors import DemoError
from demo.streaming.collecting import (
    LANDING_S,
    LOOK_EVERY_S,
    SILENCE_S,
    STANDSTILL_S,
    Look,
    until_collected,
    what_is_missing,
)
from tests.demo.streams import FIVE, TEN, make_interval

LABELS = frozenset({FIVE, TEN})
DONE = (make_interval(FIVE), make_interval(TEN))


class World:
    """An app that shows one look after the other, the last one for ever; waiting passes time."""

    def __init__(self, looks: Iterable[Look | None]) -> None:
        self.now = 0.0
        shown = list(looks)
        self._looks = chain(shown, repeat(shown[-1]))

    def follow(
        self,
        is_complete: Callable[[Look], bool] = lambda _: True,
        check: Callable[[], None] = lambda: None,
    ) -> list[Look]:
        """All looks until the end."""
        clock = {"wait": self._wait, "clock": lambda: self.now}
        return list(
            until_collected(lambda: next(self._looks), LABELS, is_complete, check, **clock)  # type: ignore[arg-type]
        )

    def _wait(self, seconds: float) -> None:
        self.now += seconds


def test_it_ends_when_all_intervals_are_collected() -> None:
    """Neither one of them alone, nor a moment in which the app is away, is the end."""
    half = (make_interval(FIVE), make_interval(TEN, collecting=True))
    world = World([(), half[:1], None, half, DONE])
    assert world.follow() == [(), half[:1], half, DONE]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"collecting": True, "status": "Running"}, f"fleet_stream-{TEN}-r2 is running"),
        ({"collecting": True, "run_id": None, "status": None}, "a run is waiting"),
        ({"run_id": None, "status": None}, "2 events, and no run"),
        ({"status": "Pending"}, f"fleet_stream-{TEN}-r2 is pending"),
        ({"new_events": 1}, "no run has read 1 of 2 events"),
    ],
)
def test_what_is_missing_is_said(changes: dict[str, Any], words: str) -> None:
    """Each interval that is not collected is a sentence."""
    look = (make_interval(FIVE), make_interval(TEN, **changes))
    assert what_is_missing(look, LABELS) == [f"interval {TEN}: {words}"]


def test_an_interval_in_which_nothing_has_landed_is_missing() -> None:
    """The sender knows that there must be something."""
    assert what_is_missing(DONE[:1], LABELS) == [f"interval {TEN}: nothing has landed"]


def test_a_failed_run_is_not_waited_for() -> None:
    """The app leaves such an interval alone; what was not read is the outcome's business."""
    failed = make_interval(TEN, status="Failed", new_events=2)
    assert World([(DONE[0], failed)]).follow()[-1] == (DONE[0], failed)


def test_a_standstill_ends_the_waiting_and_is_explained() -> None:
    """After minutes without a change the demo says which interval is not ready, and why."""
    world = World([(make_interval(FIVE), make_interval(TEN, new_events=1))])
    with pytest.raises(DemoError, match=r"stands still; interval .* no run has read 1 of 2 events"):
        world.follow()
    assert world.now == pytest.approx(STANDSTILL_S, abs=2 * LOOK_EVERY_S)


def test_events_that_never_land_end_the_waiting() -> None:
    """All that has landed is scored, and nothing moves: then something got lost, and the sums will
    say so."""
    world = World([DONE])
    assert world.follow(is_complete=lambda _: False)[-1] == DONE
    assert world.now == pytest.approx(LANDING_S, abs=2 * LOOK_EVERY_S)


def test_events_on_their_way_are_waited_for() -> None:
    """Intervals may look collected while the last events have not landed yet."""
    more = (DONE[0], make_interval(TEN, events=3, counts={"events_read": 3}))
    world = World([DONE, DONE, more])
    assert world.follow(lambda look: look == more)[-1] == more
    assert world.now < LANDING_S


def test_an_app_that_stays_silent_is_given_up() -> None:
    """After a minute without an answer the demo ends."""
    world = World([DONE[:1], None])
    with pytest.raises(DemoError, match="has told nothing of the stream for a minute"):
        world.follow()
    assert world.now == pytest.approx(SILENCE_S, abs=3 * LOOK_EVERY_S)


def test_a_stand_in_that_ended_stops_the_waiting() -> None:
    """The check of the child is made before every look."""

    def check() -> None:
        raise DemoError("the stand-in ended by itself")

    with pytest.raises(DemoError, match="ended by itself"):
        World([DONE]).follow(check=check)
