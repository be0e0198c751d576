"""Reads a history into what is still open: the executor's memory, rebuilt at every turn.

The SDK numbers a task when the orchestrator first yields it, and numbers the timers and the
repetitions of a retried task when a failure or a timer reaches it. The engine has to give the same
numbers, so the history's scheduling events are split here into the orchestrator's own (which match
the SDK's list of actions one by one) and those that a retry added.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from localazure.durable.events import (
    FAILURE_TYPES,
    RETRY,
    SCHEDULING_TYPES,
    Event,
    EventType,
    completes,
)


@dataclass(frozen=True)
class RetryNote:
    """Which of the orchestrator's own tasks is being retried, and how far it has come."""

    index: int
    attempt: int
    max_attempts: int

    def to_json(self) -> dict[str, int]:
        """Write the note for the history."""
        return {"index": self.index, "attempt": self.attempt, "max": self.max_attempts}


@dataclass
class OpenTask:
    """A task that was scheduled and has not come back."""

    task_id: int
    kind: EventType
    retry: RetryNote | None


@dataclass
class Progress:
    """Where an execution stands."""

    own: list[Event] = field(default_factory=list)
    open: dict[int, OpenTask] = field(default_factory=dict)
    raised: list[Event] = field(default_factory=list)
    next_id: int = 0
    started: Event | None = None

    def apply(self, event: Event) -> None:
        """Take one more event into account."""
        kind = EventType(event["EventType"])
        if kind in SCHEDULING_TYPES:
            self._schedule(kind, event)
        elif kind is EventType.EVENT_RAISED:
            self.raised.append(event)
        elif kind is EventType.EXECUTION_STARTED:
            self.started = event
        else:
            task_id = completes(event)
            if task_id is not None:
                self.open.pop(task_id, None)

    def is_retry_step(self, event: Event) -> bool:
        """Say whether the event only moves a retried task on, unseen by the orchestrator."""
        task_id = completes(event)
        task = None if task_id is None else self.open.get(task_id)
        if task is None or task.retry is None:
            return False
        if task.kind is EventType.TIMER_CREATED:
            return task.retry.attempt < task.retry.max_attempts
        return EventType(event["EventType"]) in FAILURE_TYPES

    def awaits(self, event: Event) -> bool:
        """Say whether a completion is for an open task; anything else is always welcome."""
        task_id = completes(event)
        return task_id is None or task_id in self.open

    def _schedule(self, kind: EventType, event: Event) -> None:
        note = event.get(RETRY)
        retry = RetryNote(note["index"], note["attempt"], note["max"]) if note else None
        if retry is None or (retry.attempt == 1 and kind is not EventType.TIMER_CREATED):
            self.own.append(event)
        self.open[event["EventId"]] = OpenTask(event["EventId"], kind, retry)
        self.next_id = event["EventId"] + 1


def read_progress(history: Iterable[Event]) -> Progress:
    """Read a whole history."""
    progress = Progress()
    for event in history:
        progress.apply(event)
    return progress
