"""Lengths of time as people write them: `5m`, `1h`, `90s`, `250ms`, `1d`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

UNITS_US = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}
PATTERN = r"^(\d+)(us|ms|s|m|h|d)$"


def parse_duration(text: object) -> timedelta:
    """`"90s"` as a timedelta. Raises ValueError for anything but a number and a unit."""
    if isinstance(text, timedelta):
        return text
    match = re.fullmatch(PATTERN, text, re.ASCII) if isinstance(text, str) else None
    if match is None:
        raise ValueError("must be a whole number and a unit (us, ms, s, m, h, d), such as 5m")
    try:
        return timedelta(microseconds=int(match[1]) * UNITS_US[match[2]])
    except (OverflowError, ValueError):
        raise ValueError("must be less than a thousand million days") from None


def format_duration(duration: timedelta) -> str:
    """The shortest form that `parse_duration` reads back to the same length."""
    us = microseconds(duration)
    unit = next(u for u in ("d", "h", "m", "s", "ms", "us") if us % UNITS_US[u] == 0)
    return f"{us // UNITS_US[unit]}{unit}" if us else "0s"


def microseconds(duration: timedelta) -> int:
    """The duration in whole microseconds, without passing through a float."""
    return duration // timedelta(microseconds=1)


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["5m", "1h", "1d"]}),
]
