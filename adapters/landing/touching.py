"""Which intervals have to be scored because of new events. `domain/intervals.py` says it for one
event; here for many, and for those that the third step of the time policy moves later."""

from __future__ import annotations

import math
from collections.abc import Iterable

from domain.durations import microseconds
from domain.intervals import Interval, first_and_last_end, intervals_between, touched
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.pipeline.windows import GridWindows, SessionWindows
from domain.windows import ZERO_HOUR_US


def touched_by(
    effective_us: Iterable[int],
    last_arrival_us: int,
    pipeline: Pipeline,
    source: EventsSource,
    now_us: int,
) -> set[Interval]:
    """The intervals whose scores events with these effective times may change."""
    instants = _distinct(effective_us, pipeline, source.every_us)
    rule = source.out_of_order
    later: set[Interval] = set()
    if instants and rule is not None and rule.policy == "adjust":
        tolerance = microseconds(rule.tolerance)
        first = min(instants)
        instants |= {us - tolerance for us in instants}  # what follows them may be moved there
        # Earlier events may move these to where the latest one was; it was not further ahead than
        # events may be. Its interval may have been scored already, and nobody else would tell.
        latest = last_arrival_us + microseconds(source.early_arrival) - tolerance
        if latest > first:
            between = intervals_between(
                first_and_last_end(first, pipeline)[0],
                first_and_last_end(latest, pipeline)[1],
                source.every_us,
            )
            later = {interval for interval in between if interval.end_us <= now_us}
    found = (touched(us, pipeline, source.every_us, now_us) for us in instants)
    return later.union(*found)


def _distinct(effective_us: Iterable[int], pipeline: Pipeline, every_us: int) -> set[int]:
    """One of all instants that lie between the same two boundaries: they touch the same."""
    windows = pipeline.windows
    lengths = [every_us, windows.offset_us, windows.reach_us]
    if isinstance(windows, GridWindows):
        lengths += [windows.size_us, windows.hop_us]
    elif isinstance(windows, SessionWindows):
        lengths += [windows.timeout_us]
    grid = math.gcd(*lengths)
    return set(
        {
            ((us - ZERO_HOUR_US) // grid, (us - ZERO_HOUR_US) % grid == 0): us
            for us in effective_us
        }.values()
    )
