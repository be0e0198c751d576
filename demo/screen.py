"""What the person at the terminal sees: live on a terminal, plain lines when piped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.padding import Padding
from rich.spinner import Spinner

PLAIN_EVERY_S = 5.0


class Step(Protocol):
    """A part of the demo that is under way."""

    def update(self, text: str) -> None:
        """Says how far it is: shown on a terminal, left out when piped."""

    def show(self, renderable: RenderableType) -> None:
        """Shows a picture of how it is, on a terminal only; the next one takes its place."""

    def done(self, text: str) -> None:
        """Says what has come of it."""


class Screen:
    """Shows steps one after the other and keeps how many seconds each took."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.seconds: dict[str, float] = {}
        self._last_plain = 0.0

    @property
    def is_live(self) -> bool:
        """Whether a person looks on, rather than a file."""
        return self.console.is_terminal

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[Step]:
        """Runs a step under `title`; its seconds are kept under `name`."""
        started = time.monotonic()
        with self._live() as live:
            running = _Running(title, live)
            yield running
        self.seconds[name] = round(time.monotonic() - started, 2)
        self.line(
            f"[green]✓[/] {escape(title)}"
            f"[dim]{escape(f': {running.outcome}' if running.outcome else '')}"
            f"  {self.seconds[name]:.1f} s[/]"
        )

    def line(self, markup: str) -> None:
        """Prints one line of rich markup; never folded, so that it can be searched."""
        self.console.print(markup, soft_wrap=True, highlight=False)

    def show(self, renderable: RenderableType) -> None:
        """Prints a table or another piece of rich."""
        self.console.print(renderable)

    def say_now_and_then(self, text: str) -> None:
        """A plain line about progress, at most one every few seconds; nothing on a terminal."""
        if not self.is_live and time.monotonic() - self._last_plain >= PLAIN_EVERY_S:
            self._last_plain = time.monotonic()
            self.line(f"  {escape(text)}")

    def _live(self) -> AbstractContextManager[Live | None]:
        """A part of the screen that is drawn again and again; nothing when piped."""
        if not self.is_live:
            return nullcontext()
        return Live(console=self.console, refresh_per_second=8, transient=True)


class _Running:
    """A step's place on the screen: a turning sign with its title, and what it shows beneath."""

    def __init__(self, title: str, live: Live | None) -> None:
        self.outcome = ""
        self._title = title
        self._live = live
        self._spinner = Spinner("dots", f"{escape(title)} ...")
        if live is not None:
            live.update(self._spinner)

    def update(self, text: str) -> None:
        self._spinner.update(text=f"{escape(self._title)}: [dim]{escape(text)}[/]")

    def show(self, renderable: RenderableType) -> None:
        if self._live is not None:
            self._live.update(Group(self._spinner, Padding(renderable, (0, 0, 0, 2))))

    def done(self, text: str) -> None:
        self.outcome = text
