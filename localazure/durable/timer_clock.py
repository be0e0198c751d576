"""Sleeps until the next durable timer is due and no longer; woken when an earlier one is made."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from localazure.durable.events import utc_now

# A laptop that slept, or a clock that was set, must not keep timers waiting for long.
LONGEST_SLEEP_S = 30.0
RETRY = timedelta(seconds=1)

logger = logging.getLogger(__name__)


class TimerClock:
    """One thread that calls `fire(now)` whenever `next_due()` has passed."""

    def __init__(
        self, next_due: Callable[[], datetime | None], fire: Callable[[datetime], None]
    ) -> None:
        self._next_due = next_due
        self._fire = fire
        self._condition = threading.Condition()
        self._due: datetime | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="durable-timers", daemon=True)

    def start(self) -> None:
        """Begin with what the store holds."""
        self._due = self._next_due()
        self._thread.start()

    def note(self, due: datetime | None) -> None:
        """Take note of a new timer."""
        with self._condition:
            if due is not None and (self._due is None or due < self._due):
                self._due = due
                self._condition.notify()

    def close(self) -> None:
        """Stop; timers stay in the store."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        self._thread.join(timeout=LONGEST_SLEEP_S)

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._closed and not self._is_due():
                    self._condition.wait(self._seconds_left())
                if self._closed:
                    return
                self._due = None
            self._fire_and_look_ahead()

    def _fire_and_look_ahead(self) -> None:
        try:
            self._fire(utc_now())
            self.note(self._next_due())
        except Exception:
            # The timers are still in the store; this thread is the only one that looks.
            logger.exception("Due timers could not be fired; trying again.")
            self.note(utc_now() + RETRY)

    def _is_due(self) -> bool:
        return self._due is not None and self._due <= utc_now()

    def _seconds_left(self) -> float:
        if self._due is None:
            return LONGEST_SLEEP_S
        left = (self._due - utc_now()).total_seconds()
        return min(max(left, 0.0), LONGEST_SLEEP_S)
