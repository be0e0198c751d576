"""The settings of a job that a query cannot say: how it treats events that are late.

https://learn.microsoft.com/azure/stream-analytics/event-ordering
A job knows tolerances in whole seconds, and one action for late and overtaken events alike. Events
more than five minutes ahead of their arrival are always dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from domain.durations import format_duration
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource

EARLY = timedelta(minutes=5)
LONGEST_LATENESS = timedelta(days=20)
USUAL = timedelta(seconds=5)
"""Late arrival's default, in Stream Analytics as here."""

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class JobSettings:
    """Tolerances in whole seconds, and `action`: Adjust or Drop."""

    late: timedelta
    out_of_order: timedelta
    action: str

    def lines(self) -> list[str]:
        """One line per setting."""
        return [
            "compatibility level     1.2",
            f"late arrival            {format_duration(self.late)}",
            f"out of order            {format_duration(self.out_of_order)}",
            f"what is beyond these    {self.action}",
        ]


def job_settings(pipeline: Pipeline) -> JobSettings:
    """The settings that come closest to the pipeline's time policy."""
    source = pipeline.source
    if not isinstance(source, EventsSource):
        return JobSettings(LONGEST_LATENESS, USUAL, "Drop")
    late = source.late_arrival
    # A job cannot score again, but it can wait for what would have been scored again.
    tolerance = late.limit if late.policy == "rescore" else late.tolerance
    order = source.out_of_order
    return JobSettings(
        late=_whole(tolerance),
        out_of_order=_whole(order.tolerance if order else late.tolerance),
        action="Adjust" if late.policy == "adjust" else "Drop",
    )


def differences_in_time(pipeline: Pipeline) -> list[str]:
    """Where the job's time policy is not the pipeline's."""
    source = pipeline.source
    if not isinstance(source, EventsSource):
        return [
            f"`source.kind` {source.kind}: Windrow counts every event whenever it was stored; "
            "the job drops what is later than the tolerances above"
        ]
    found = []
    settings, late, order = job_settings(pipeline), source.late_arrival, source.out_of_order
    if source.early_arrival != EARLY:
        found.append(
            f"`source.early_arrival` {format_duration(source.early_arrival)}: in Stream Analytics "
            "it is always 5m"
        )
    if late.policy == "rescore":
        found.append(
            "`source.late_arrival.policy` rescore: windows that are written stay as they are; an "
            "event that comes after its window was written is not counted in it"
        )
    if order is None:
        found.append(
            "`source.out_of_order`: Windrow takes events in any order; the job applies "
            f"{settings.action} to those that are further behind than the tolerance above"
        )
    elif order.policy != settings.action.lower():
        found.append(
            f"`source.out_of_order.policy` {order.policy}: a job has one action for late and "
            f"overtaken events, and it is {settings.action}"
        )
    tolerances = [late.tolerance, *([order.tolerance] if order else [])]
    if any(tolerance % SECOND for tolerance in tolerances):
        found.append("tolerances: those above are whole seconds, rounded up")
    return found


def _whole(duration: timedelta) -> timedelta:
    return -(-duration // SECOND) * SECOND
