"""Which moment of the stream it is now, and how far behind the plan the sending is."""

from __future__ import annotations

import time
from collections.abc import Callable

from simulate.plan import US, Plan


class Pace:
    """Maps the clock to stream time, from when it is made. It never skips: who is late catches up.

    `clock` counts seconds and never goes back.
    """

    def __init__(self, plan: Plan, clock: Callable[[], float] = time.monotonic) -> None:
        self._start_us = plan.start_us
        self._speed = plan.speed
        self._clock = clock
        self._began = clock()

    @property
    def elapsed_s(self) -> float:
        """Real seconds since the beginning."""
        return self._clock() - self._began

    def now_us(self) -> int:
        """The stream time now: what is to be sent at it or before is due."""
        return self._start_us + int(self.elapsed_s * self._speed * US)

    def lag_s(self, send_at_us: int) -> float:
        """Real seconds since an event was due; 0 if it is not due yet."""
        return max(0.0, (self.now_us() - send_at_us) / US / self._speed)
