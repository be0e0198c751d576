"""Waits until everything that was sent has been scored, or nothing moves any more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from demo.errors import DemoError
from demo.streaming.intervals import IntervalState

Look = tuple[IntervalState, ...]

LOOK_EVERY_S = 1.5
SILENCE_S = 60.0  # for so long the app may be away
STANDSTILL_S = 180.0  # for so long nothing may change while something is left to do
LANDING_S = 30.0  # for so long events may be on their way, when all that has landed is scored


def until_collected(
    look: Callable[[], Look | None],
    labels: frozenset[str],
    is_complete: Callable[[Look], bool],
    check: Callable[[], None],
    *,
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Look]:
    """Yields the intervals again and again; at the end all of them have been collected.

    Args:
        look: Asks the app for the intervals; None while it is away.
        labels: The intervals that there must be.
        is_complete: Whether all that was sent is accounted for. If it is not, and nothing has
            moved for a while, this ends as well: then something got lost.
        check: Called before each look; raises if it makes no sense to wait any longer.
        wait, clock: How time passes, in seconds.

    Raises DemoError if the app is silent for too long, and naming what is missing if the stream
    stands still.
    """
    heard = moved = clock()
    last: Look | None = None
    while True:
        check()
        found, now = look(), clock()
        if found is None:
            if now - heard > SILENCE_S:
                raise DemoError("the app has told nothing of the stream for a minute")
            wait(LOOK_EVERY_S)
            continue
        heard = now
        moved = now if found != last else moved
        last = found
        yield found
        missing = what_is_missing(found, labels)
        if not missing and (is_complete(found) or now - moved > LANDING_S):
            return
        if now - moved > STANDSTILL_S:
            raise DemoError(f"the stream stands still; {'; '.join(missing)}")
        wait(LOOK_EVERY_S)


def what_is_missing(look: Look, labels: frozenset[str]) -> list[str]:
    """A sentence for each interval that has not been collected."""
    there = {interval.label for interval in look}
    gone = [f"interval {label}: nothing has landed" for label in sorted(labels - there)]
    left = [f"interval {one.label}: {one.left}" for one in look if one.left is not None]
    return gone + left
