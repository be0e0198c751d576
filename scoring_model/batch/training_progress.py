"""Lines on stderr that say how far training is: one that changes in a terminal, a few elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

WIDTH = 30
LINES = 10  # so many lines where no terminal shows them


class ProgressLine:
    """Call it with the number of keys done and of all keys."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Writes to `stream`, stderr by default."""
        self._stream = stream or sys.stderr
        self._in_place = self._stream.isatty()
        self._begin = time.monotonic()
        self._shown = -1

    def __call__(self, done: int, total: int) -> None:
        """Shows `done` of `total` keys, if that is worth a line."""
        steps = WIDTH if self._in_place else LINES
        step = steps * done // max(total, 1)
        if step == self._shown:
            return
        self._shown = step
        seconds = time.monotonic() - self._begin
        text = f"trained {done:,} of {total:,} keys, {seconds:.0f} s"
        if self._in_place:
            bar = "#" * step + "." * (WIDTH - step)
            end = "\n" if done >= total else ""
            self._stream.write(f"\r[{bar}] {text}{end}")
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()
