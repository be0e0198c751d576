"""Which windows an instant belongs to: Stream Analytics' semantics, in whole microseconds.

A window is labelled with its end.

* Tumbling and hopping windows are (end - size, end] (`closed="right"`, the default, as in Stream
  Analytics) or [end - size, end) (`closed="left"`). Ends lie on a grid that starts at the zero
  hour, 0001-01-01T00:00:00Z, moved by `offset`; so a window of seven days ends on Mondays.
  A tumbling window is a hopping window whose hop is its size.
* A session window lasts as long as events of a key follow each other within a timeout; see
  `sessions`.
* A snapshot window has no length: it holds the events of a key that have the same timestamp, which
  is both its start and its end. There is nothing to compute.

This module is the definition. `adapters/aggregation/shapes_sql.py` says the same in SQL, and
a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest

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


@dataclass(frozen=True)
class Session:
    """A session window of one key, and the instants of its events, in order."""

    start_us: int
    end_us: int
    instants: tuple[int, ...]


def sessions(instants: Iterable[int], timeout_us: int, max_us: int) -> list[Session]:
    """The sessions of one key's events, in order.

    A session starts at an event. Another one within the timeout after its last event (inclusive)
    extends it; otherwise it ends at its last event + timeout. At the multiples of the maximum
    duration since the zero hour, and only there, it is looked at how long it has lasted: if it is
    still open, and has lasted at least the maximum, it ends there; and if activity goes on, the
    next session starts there. An event at that very instant belongs to the session that ends.

    So a session lasts less than twice the maximum, as Stream Analytics documents; and after the
    first such end, activity that goes on is cut at every multiple. A session without an event is
    none.

    Args:
        instants: Of the events, in any order.
        timeout_us: At most `max_us`, so there is an event between any two multiples while
            activity goes on.
        max_us: The maximum duration.

    >>> minute = 60_000_000
    >>> found = sessions([m * minute for m in (1, 4, 9, 13, 17, 22)], 5 * minute, 10 * minute)
    >>> [(session.start_us // minute, session.end_us // minute) for session in found]
    [(1, 20), (20, 27)]
    """
    ordered = sorted(set(instants))
    found: list[Session] = []
    start: int | None = None
    inside: list[int] = []
    for last, after in zip_longest(ordered, ordered[1:]):
        start = last if start is None else start
        inside.append(last)
        until = last + timeout_us
        following = after if after is not None and after <= until else None
        check = grid_ceil(max(last, start + max_us), max_us)
        if check < (until if following is None else following):
            found.append(Session(start, check, tuple(inside)))
            start, inside = None if following is None else check, []
        elif following is None:
            found.append(Session(start, until, tuple(inside)))
            start, inside = None, []
    return found
