"""Intervals: the stretches of time by which a stream is filed and scored.

An interval is (end - score_every, end], aligned to the zero hour, and is known by its end, as
a window is. An event is filed under the interval that holds its effective time. The windows that
hold an event may end later, in other intervals: those are touched by it, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from domain.durations import microseconds
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.pipeline.windows import GridWindows, SessionWindows
from domain.spans import Span
from domain.time_policy import longest_shift
from domain.windows import from_us, grid_ceil, to_us, window_ends

LABEL = "%Y-%m-%dT%H-%M-%SZ"


@dataclass(frozen=True, order=True)
class Interval:
    """One interval of a pipeline, in microseconds since 1970-01-01 UTC."""

    end_us: int
    every_us: int

    @property
    def start_us(self) -> int:
        """Where it starts, which does not belong to it."""
        return self.end_us - self.every_us

    @property
    def span(self) -> Span:
        """What a run over it scores."""
        return Span(from_us(self.start_us), from_us(self.end_us))

    @property
    def label(self) -> str:
        """Its end as text that is fit for paths and ids, and sorts by time."""
        return from_us(self.end_us).strftime(LABEL)

    @property
    def next(self) -> Interval:
        """The interval after it."""
        return Interval(self.end_us + self.every_us, self.every_us)


def interval_of(us: int, every_us: int) -> Interval:
    """The interval that holds an instant."""
    return Interval(grid_ceil(us, every_us), every_us)


def labelled(label: str, every_us: int) -> Interval:
    """The interval with that label. Raises ValueError if there is none."""
    end_us = to_us(datetime.strptime(label, LABEL).replace(tzinfo=UTC))
    if grid_ceil(end_us, every_us) != end_us:
        raise ValueError(f"{label} is not the end of an interval")
    return Interval(end_us, every_us)


def intervals_between(first_us: int, last_us: int, every_us: int) -> list[Interval]:
    """The intervals that hold the instants from `first_us` to `last_us`, both inclusive."""
    first, last = grid_ceil(first_us, every_us), grid_ceil(last_us, every_us)
    return [Interval(end, every_us) for end in range(first, last + 1, every_us)]


def first_and_last_end(us: int, pipeline: Pipeline) -> tuple[int, int]:
    """The first and the last window end that an event at `us` has by itself."""
    windows = pipeline.windows
    if isinstance(windows, GridWindows):
        ends = window_ends(us, windows.size_us, windows.hop_us, windows.offset_us, windows.closed)
        return (ends[0], ends[-1]) if ends else (us, us)
    if isinstance(windows, SessionWindows):
        return us, us + windows.timeout_us
    return us, us


def touched(us: int, pipeline: Pipeline, every_us: int, now_us: int) -> list[Interval]:
    """The intervals whose scores an event at `us` may change.

    Those that its own windows end in; and of the later ones that it may reach through others (only
    sessions do: one that it prolongs), those that are over at `now_us`: the others will be touched
    by the events in between.
    """
    first, last = first_and_last_end(us, pipeline)
    found = intervals_between(first, last, every_us)
    windows = pipeline.windows
    reached = us + windows.reach_us if isinstance(windows, SessionWindows) else us
    after = found[-1].next
    while after.start_us < reached and after.end_us <= now_us:
        found.append(after)
        after = after.next
    return found


def read_for(
    start_us: int, end_us: int, pipeline: Pipeline, source: EventsSource
) -> list[Interval]:
    """The intervals whose events decide about the windows that end in (start_us, end_us].

    Events that are out of order may count for a later instant than they were filed under; whether
    they do, and for which, those tell that have overtaken them, and lie ahead: hence the longest
    shift in both directions.
    """
    shift = longest_shift(source)
    first = start_us - pipeline.windows.reach_us - shift
    return intervals_between(first, end_us + shift, source.every_us)


def ending_in(interval: Interval, pipeline: Pipeline) -> list[Interval]:
    """The intervals whose events may have windows that end in this one: by themselves, or since
    those that they have overtaken count as of them less the tolerance."""
    windows = pipeline.windows
    if isinstance(windows, GridWindows):
        back = windows.size_us
    else:
        back = windows.timeout_us if isinstance(windows, SessionWindows) else 0
    first, last = interval.start_us + 1 - back, interval.end_us
    found = set(intervals_between(first, last, interval.every_us))
    rule = pipeline.source.out_of_order if isinstance(pipeline.source, EventsSource) else None
    if rule is not None and rule.policy == "adjust":
        ahead = microseconds(rule.tolerance)
        found |= set(intervals_between(first + ahead, last + ahead, interval.every_us))
    return sorted(found)


def burst_instance_id(pipeline: str, interval: Interval) -> str:
    """The id of the orchestration that collects an interval: a pure function of both."""
    return f"{pipeline}@{interval.label}"
