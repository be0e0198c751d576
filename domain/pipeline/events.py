"""Events as they arrive: an Event Hub, and how its stream is cut into intervals and kept in time.

The time policy is Stream Analytics' (`domain/time_policy.py`). It is relative to an event's
arrival, which is the time at which the Event Hub took it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from domain.durations import Duration, microseconds
from domain.pipeline.base import Section
from domain.pipeline.source import Readings

LONGEST_LATENESS = timedelta(days=20)
"""As in Stream Analytics."""

GroupName = Annotated[
    str, StringConstraints(pattern=r"^(%\w+%|\$Default|[A-Za-z0-9][A-Za-z0-9._-]{0,49})$")
]
HubName = Annotated[str, StringConstraints(pattern=r"^(%\w+%|[A-Za-z0-9][A-Za-z0-9._-]{0,255})$")]


class LateArrival(Section):
    """What becomes of events that arrive late."""

    tolerance: Duration = Field(
        timedelta(seconds=5), description="Events older than this at their arrival are late."
    )
    policy: Literal["adjust", "drop", "rescore"] = Field(
        "adjust",
        description="adjust: count the event as of arrival - tolerance. drop: put it into the "
        "quarantine. rescore: leave it at its own time, and score that interval again.",
    )
    limit: Duration = Field(
        LONGEST_LATENESS,
        description="With rescore: events that are even later than this go into the quarantine.",
    )

    @model_validator(mode="after")
    def _within_bounds(self) -> LateArrival:
        if self.tolerance > LONGEST_LATENESS:
            raise ValueError("`tolerance` must be at most 20d")
        if not self.tolerance <= self.limit <= LONGEST_LATENESS:
            raise ValueError("`limit` must be at least `tolerance` and at most 20d")
        return self


class OutOfOrder(Section):
    """What becomes of events that a later one of the same partition has overtaken."""

    tolerance: Duration = Field(description="How far events may be behind the latest one.")
    policy: Literal["adjust", "drop"] = Field(
        "adjust", description="adjust: count the event as of the latest one - tolerance."
    )

    @model_validator(mode="after")
    def _within_bounds(self) -> OutOfOrder:
        if self.tolerance > timedelta(hours=1):
            raise ValueError("`tolerance` must be at most 1h")
        return self


class EventsSource(Readings):
    """A stream of events in an Event Hub, scored interval by interval.

    Columns (`timestamp`, `key`, those of aggregates) are fields of a JSON body; a dot leads into
    an object: `payload.temp`.
    """

    kind: Literal["events"]
    event_hub: HubName = Field(description="The hub, or %NAME% of the app setting that names it.")
    connection: str = Field(
        "EVENTHUB",
        pattern=r"^[A-Za-z][A-Za-z0-9_]*$",
        description="The prefix of the app setting with the namespace: "
        "EVENTHUB__fullyQualifiedNamespace.",
    )
    consumer_group: GroupName = Field(
        "$Default", description="Every pipeline on a hub needs a consumer group of its own."
    )
    score_every: Duration = Field(
        timedelta(minutes=15),
        description="The length of an interval: how often windows are scored. A batch job costs "
        "minutes, so this is usually longer than a window.",
    )
    max_events: int | None = Field(
        None,
        ge=1,
        description="A burst: so many new events of an interval are scored at once, and the "
        "interval again when it is over.",
    )
    quiet: Duration = Field(
        timedelta(seconds=5),
        description="An interval that is over is scored when no batch touched it for so long: "
        "a backlog is taken in first. At the latest after `score_every`.",
    )
    late_arrival: LateArrival = LateArrival()
    early_arrival: Duration = Field(
        timedelta(minutes=5),
        description="Events further ahead of their arrival than this go into the quarantine.",
    )
    out_of_order: OutOfOrder | None = Field(
        None, description="Default: events may come in any order, and none is adjusted for it."
    )
    dedupe: Literal["content", "none"] = Field(
        "content",
        description="content: events that are equal in timestamp, key and every measure count "
        "once. none: only what the Event Hub delivers again is removed.",
    )
    rows_per_slice: int = Field(
        5_000_000, ge=1_000, description="About how many events one aggregation reads."
    )
    on_empty: Literal["fail", "complete"] = Field(
        "complete", description="What a run does when its span holds no event."
    )

    @model_validator(mode="after")
    def _within_bounds(self) -> EventsSource:
        second = timedelta(seconds=1)
        if not second <= self.score_every <= timedelta(days=7) or self.score_every % second:
            raise ValueError("`score_every` must be whole seconds, from 1s to 7d")
        if self.early_arrival > LONGEST_LATENESS:
            raise ValueError("`early_arrival` must be at most 20d")
        if self.quiet > self.score_every:
            raise ValueError("`quiet` must be at most `score_every`")
        return self

    @property
    def duplicates(self) -> Literal["drop", "keep"]:
        """What happens to equal events, in the words of the other sources."""
        return "drop" if self.dedupe == "content" else "keep"

    @property
    def every_us(self) -> int:
        """The length of an interval in microseconds."""
        return microseconds(self.score_every)
