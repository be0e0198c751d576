"""Sends the stream in a thread of its own, so that the screen can look at the app meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from demo.errors import DemoError
from simulate import Plan, Progress, SimulateError, Summary, find_target, run
from simulate import Sending as Event

OnSent = Callable[[Sequence[Event], float], None]


class Sending:
    """A stream that is on its way; `progress` is how it stands, None at the very beginning."""

    def __init__(self, plan: Plan, on_sent: OnSent) -> None:
        self.progress: Progress | None = None
        self._plan = plan
        self._on_sent = on_sent
        self._summary: Summary | None = None
        self._error: Exception | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stream", daemon=True)

    def start(self) -> None:
        """Starts to send."""
        self._thread.start()

    def stop(self) -> None:
        """Sends nothing more; returns when what is on its way has arrived, or after seconds."""
        self._stop.set()
        self._thread.join()

    def is_over_within(self, seconds: float) -> bool:
        """Waits so long for the end; whether it has come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> Summary:
        """What was sent, when it is over. Raises DemoError if it could not be."""
        if isinstance(self._error, SimulateError):
            raise DemoError(f"the stream could not be sent: {self._error}") from self._error
        if self._error is not None:
            raise self._error
        if self._summary is None:
            raise DemoError("the stream could not be sent: it was stopped")
        return self._summary

    def _run(self) -> None:
        try:
            target = find_target(os.environ, None)
            self._summary = run(
                self._plan,
                target,
                self._show,
                on_sent=self._on_sent,
                stop=self._stop,
                tell_arrival=True,
            )
        except Exception as error:  # noqa: BLE001 (the other thread raises it)
            self._error = error

    def _show(self, progress: Progress) -> None:
        self.progress = progress


@contextmanager
def sending(plan: Plan, on_sent: OnSent) -> Iterator[Sending]:
    """Sends the plan's stream to the local cloud; stops if the block is left before the end."""
    found = Sending(plan, on_sent)
    found.start()
    try:
        yield found
    finally:
        found.stop()
