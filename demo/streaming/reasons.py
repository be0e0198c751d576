"""Reasons of the quarantine without what is peculiar to one event, so that they can be counted."""

from __future__ import annotations

import re

MOST_CHARACTERS = 80


def short_reason(reason: str) -> str:
    """The rule that was broken: without the value and the place."""
    rule = re.split(r"; got |: line \d|: \w+ .* at byte \d| at byte \d", reason, maxsplit=1)[0]
    return rule if len(rule) <= MOST_CHARACTERS else f"{rule[: MOST_CHARACTERS - 1]}…"
