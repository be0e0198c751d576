"""Foreign text that is fit for a terminal: one line, and nothing that the terminal would obey."""

from __future__ import annotations

LONGEST = 400


def one_line(text: str, limit: int = LONGEST) -> str:
    """The text with blanks for line ends and other unprintable characters, cut to `limit`."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(printable.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
