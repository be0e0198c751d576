"""Which windows an instant belongs to: Stream Analytics' semantics, in whole microseconds.

A window is (end - size, end] (`closed="right"`, the default, as in Stream Analytics) or
[end - size, end) (`closed="left"`). It is labelled with its end. Ends lie on a grid that starts at
the zero hour, 0001-01-01T00:00:00Z, moved by `offset`; so a window of seven days ends on Mondays.
A tumbling window is a hopping window whose hop is its size.

This module is the definition. `adapters/aggregation/windows_sql.py` says the same in SQL, and
a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.durations import microseconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZERO_HOUR_US = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def to_us(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z of an aware datetime, exact."""
    return microseconds(instant - EPOCH)


def from_us(us: int) -> datetime:
    """The instant in UTC that lies `us` microseconds after 1970-01-01T00:00:00Z."""
    return EPOCH + timedelta(microseconds=us)


def grid_floor(us: int, hop_us: int, offset_us: int = 0) -> int:
    """The last grid point at or before `us`."""
    origin = ZERO_HOUR_US + offset_us
    return (us - origin) // hop_us * hop_us + origin


def grid_ceil(us: int, hop_us: int, offset_us: int = 0) -> int:
    """The first grid point at or after `us`."""
    origin = ZERO_HOUR_US + offset_us
    return origin - (origin - us) // hop_us * hop_us


def window_ends(
    us: int, size_us: int, hop_us: int, offset_us: int = 0, closed: str = "right"
) -> list[int]:
    """The ends of all windows that hold the instant `us`, in order.

    >>> minute = 60_000_000
    >>> window_ends(10 * minute, 5 * minute, 5 * minute)[0] // minute
    10
    >>> window_ends(10 * minute, 5 * minute, 5 * minute, closed="left")[0] // minute
    15
    """
    if closed == "right":
        first, last = grid_ceil(us, hop_us, offset_us), us + size_us - 1
    else:
        first, last = grid_ceil(us + 1, hop_us, offset_us), us + size_us
    return list(range(first, last + 1, hop_us))
