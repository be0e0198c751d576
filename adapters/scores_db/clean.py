"""Text from outside (reasons, messages of jobs) in a form that every database takes."""

from __future__ import annotations

LONGEST = 4000


def cleaned(text: str) -> str:
    """The text without lone surrogates and NULs, cut to `LONGEST` characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    return whole if len(whole) <= LONGEST else whole[: LONGEST - 1] + "…"
