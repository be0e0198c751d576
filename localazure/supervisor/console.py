"""What the supervisor says on the console: what is up, where, and how long it took."""

import os
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape


class Progress:
    """Prints one line per part.

    Whoever reads along may go away (``up | head``, a closed terminal): that silences the console
    and must not stop anything, least of all the stopping.
    """

    def __init__(self) -> None:
        self._console = _Console(highlight=False, soft_wrap=True)
        self._started = self._last = time.monotonic()

    def part(self, name: str, what: str) -> None:
        """Report a part and the time since the part before it."""
        now = time.monotonic()
        took, self._last = now - self._last, now
        self._say(f"  [bold]{escape(name):<10}[/] {escape(what)}  [dim]{took:.1f} s[/]")

    def ready(self, logs: Path) -> None:
        """Report that all is up, and the folder of the log files."""
        took = time.monotonic() - self._started
        self._say(
            f"[green]Ready[/] after {took:.1f} s. Logs: {escape(str(logs))}. Press Ctrl-C to stop."
        )

    def stopping(self) -> None:
        """Report that the end has begun."""
        self._say("Stopping ...")

    def stopped(self) -> None:
        """Report that nothing runs any more."""
        self._say("Stopped.")

    def echo(self, text: str) -> None:
        """Print what a child says, as it is."""
        self._say(text, end="", markup=False)

    def _say(self, text: str, *, end: str = "\n", markup: bool = True) -> None:
        try:
            self._console.print(text, end=end, markup=markup, emoji=False)
        except OSError:
            self._console.quiet = True
            # What is still buffered would fail again when the interpreter ends.
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, sys.stdout.fileno())
            os.close(null)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave the error to ``Progress``; rich would end the whole process."""
        raise  # rich calls this while it handles the error
