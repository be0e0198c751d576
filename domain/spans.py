"""Spans of time: what a run scores, and which span a schedule's tick means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from domain.durations import microseconds
from domain.pipeline.schedule import Schedule
from domain.windows import from_us, grid_floor, to_us


@dataclass(frozen=True, order=True)
class Span:
    """From `start` to `end`, both aware, whole seconds, UTC. A run scores the windows that end
    after `start` and at or before `end`, so spans that follow each other share no window."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None or not self.start < self.end:
            raise ValueError(f"`end` must be after `start`, both with a zone; got {self}")

    def __str__(self) -> str:
        return f"{iso(self.start)} to {iso(self.end)}"

    @property
    def start_us(self) -> int:
        """The start in microseconds since 1970-01-01 UTC."""
        return to_us(self.start)

    @property
    def end_us(self) -> int:
        """The end in microseconds since 1970-01-01 UTC."""
        return to_us(self.end)


def iso(instant: datetime) -> str:
    """The instant in UTC as ISO 8601 with a Z; microseconds only where there are some."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def compact(instant: datetime) -> str:
    """The instant in UTC as `20260101T000000Z`: fit for ids and file names."""
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def last_ended(schedule: Schedule, now: datetime) -> Span:
    """The last span of the schedule's grid that has ended at `now`."""
    length, offset = microseconds(schedule.span), microseconds(schedule.offset)
    end = grid_floor(to_us(now), length, offset)
    return Span(from_us(end - length), from_us(end))


def due_spans(schedule: Schedule, now: datetime, scored_until: datetime | None) -> list[Span]:
    """The spans that a tick at `now` has to start, oldest first.

    Args:
        schedule: Whose grid is meant.
        now: When the tick happens; it may be late.
        scored_until: The end of the last span that a tick started; None before the first.

    Returns:
        Only the last ended span when nothing was scored before; otherwise all spans that ended
        since, at most `catch_up` of them (a later tick goes on from there); none if the last
        ended span was started already.
    """
    last = last_ended(schedule, now)
    if scored_until is None:
        return [last]
    length = microseconds(schedule.span)
    first_end = grid_floor(to_us(scored_until), length, microseconds(schedule.offset)) + length
    ends = range(first_end, last.end_us + 1, length)[: schedule.catch_up]
    return [Span(from_us(end - length), from_us(end)) for end in ends]
