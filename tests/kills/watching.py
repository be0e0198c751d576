"""Waits until a moment to kill has come, far more closely than `wait_until` would."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.kills.dice import Measure, Moment
from tests.support.waiting import wait_until

LOOKS = 500
PATIENCE_S = 120


@dataclass(frozen=True)
class Watch:
    """A process that is to be killed.

    `ended_within(seconds)` waits for its end, `counts` measure how far it has come, `last_words`
    tell what it said, should it end by itself. It is looked at every `look_s` seconds.
    """

    ended_within: Callable[[float], bool]
    counts: Mapping[Measure, Callable[[], float]]
    last_words: Callable[[], str]
    look_s: float

    def wait_for(self, moment: Moment, done: Callable[[], bool]) -> None:
        """Returns when the moment has come, or there is nothing left to do."""
        began = time.monotonic()
        messages = self.counts[Measure.MESSAGES]
        latest = max(moment.latest, messages() + moment.more)
        count = self.counts.get(moment.measure, lambda: time.monotonic() - began)
        at = moment.at
        if moment.measure is not Measure.SECONDS:
            at = max(at, count() + moment.more)

        def has_come() -> bool:
            return count() >= at or messages() >= latest or done()

        self.wait_until(has_come, PATIENCE_S, str(moment))

    def wait_until(self, has_come: Callable[[], bool], timeout_s: float, description: str) -> None:
        """Returns when something has come, unless the process ends before."""

        def look() -> bool:
            for _ in range(LOOKS):
                if has_come():
                    return True
                assert not self.ended_within(self.look_s), (
                    f"it ended by itself:\n{self.last_words()}"
                )
            return False

        wait_until(look, description=description, timeout_s=timeout_s)
