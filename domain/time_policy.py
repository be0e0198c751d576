"""The time policy of streams: which instant an event counts for, and which it does not.

Stream Analytics' policy, relative to an event's arrival, in this order:

1. Early: further ahead of its arrival than `early_arrival`: not taken.
2. Late: older than its arrival by more than the tolerance: adjusted to arrival - tolerance, not
   taken, or (ours) left at its own time for the interval to be scored again.
3. Out of order: behind the latest event of its partition by more than the tolerance: adjusted to
   the latest - tolerance, or not taken.

The first two look at one event alone, so they are applied when it is landed, and it does not matter
in which batch it comes. The third depends on the events before it; it is applied when windows are
computed, over the landed events in the order of their partition (`overtaking`).
Only the effective time changes, never the event.

This module is the definition; `adapters/landing/checking_sql.py` and
`adapters/aggregation/streams_sql.py` say the same in SQL, and tests compare them.
"""

from __future__ import annotations

from collections.abc import Iterable

from domain.durations import microseconds
from domain.pipeline.events import EventsSource, LateArrival, OutOfOrder

EARLY = "early"
LATE = "late"
OVERTAKEN = "out of order"


def effective(event_us: int, arrival_us: int, source: EventsSource) -> int | str:
    """The instant that an event counts for, or the reason why it is not taken: steps 1 and 2."""
    if event_us - arrival_us > microseconds(source.early_arrival):
        return EARLY
    late: LateArrival = source.late_arrival
    behind, tolerance = arrival_us - event_us, microseconds(late.tolerance)
    if behind <= tolerance:
        return event_us
    if late.policy == "adjust":
        return arrival_us - tolerance
    if late.policy == "rescore" and behind <= microseconds(late.limit):
        return event_us
    return LATE


def overtaking(effective_us: Iterable[int], rule: OutOfOrder | None) -> list[int | str]:
    """Step 3, for the events of one partition in their order."""
    found: list[int | str] = []
    latest: int | None = None
    for us in effective_us:
        if rule is None or latest is None or latest - us <= microseconds(rule.tolerance):
            found.append(us)
        elif rule.policy == "adjust":
            found.append(latest - microseconds(rule.tolerance))
        else:
            found.append(OVERTAKEN)
        latest = us if latest is None else max(latest, us)
    return found


def longest_shift(source: EventsSource) -> int:
    """How far step 3 may move an event, in microseconds: 0 if it is not applied.

    An event is behind the latest one by at most the lateness and the earliness that are accepted.
    """
    if source.out_of_order is None:
        return 0
    late = source.late_arrival
    behind = late.limit if late.policy == "rescore" else late.tolerance
    return microseconds(behind + source.early_arrival)
