"""Keeps asking a source that is away: pauses that grow, and one line at each end of the outage."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from localazure.functions_host.console import Console
from localazure.functions_host.event_hubs.errors import SourceError

T = TypeVar("T")

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0


class Patience:
    """Shared by the pumps of one function, so that an outage is told once and not per partition."""

    def __init__(self, function: str, console: Console) -> None:
        self._function = function
        self._console = console
        self._away = False

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        """Return the answer, however long it takes."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                answer = await question()
            except SourceError as error:
                self.failed(error)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            else:
                self.succeeded()
                return answer

    def failed(self, error: Exception) -> None:
        """Tell of an outage, unless that has been done."""
        if not self._away:
            self._away = True
            self._console.warn(
                f"Function {self._function} gets no events: {error}. It keeps trying."
            )

    def succeeded(self) -> None:
        """Tell of the end of an outage."""
        if self._away:
            self._away = False
            self._console.say(f"Function {self._function} gets events again.")
