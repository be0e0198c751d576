"""The intervals of a stream, and the runs that score them."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from domain.messages.base import Message
from domain.messages.runs import RunRequest


class IntervalOrder(Message):
    """Which interval of which pipeline an activity works on; `interval` is its label."""

    pipeline: str
    interval: str


class BurstOrder(Message):
    """The input of `collect_burst`: an interval, and what one life hands to the next.

    `closes_at` is when no event can be on time any more; after it, the interval is scored when
    nothing landed for `quiet_s`, at the latest at `latest_at`.
    """

    pipeline: str
    interval: str
    closes_at: AwareDatetime
    latest_at: AwareDatetime
    quiet_s: float
    max_events: int | None = None
    signalled: int = Field(0, description="New events that signals told of since the last look.")
    last_signal_at: AwareDatetime | None = None
    runs: tuple[str, ...] = Field((), description="The runs that were made, by id.")


class Landing(Message):
    """The signal to `collect_burst`: so many events have landed for its interval."""

    events: int


class IntervalLook(Message):
    """What lies in the lake for an interval: its events, and those that no run has read.

    `request` is the run to make; None if the newest run has read everything.
    """

    events: int
    new_events: int
    request: RunRequest | None = None


class Compacted(Message):
    """What `compact_interval` did: how many files became one."""

    files: int


class BurstResult(Message):
    """How the collecting of an interval ended."""

    pipeline: str
    interval: str
    events: int
    runs: tuple[str, ...]
