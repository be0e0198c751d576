"""What a history must look like, whatever happened while it was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from localazure.durable.events import SCHEDULING_TYPES, Event, EventType, completes

COMPLETIONS = {
    EventType.TASK_SCHEDULED: {EventType.TASK_COMPLETED, EventType.TASK_FAILED},
    EventType.TIMER_CREATED: {EventType.TIMER_FIRED},
    EventType.SUB_ORCHESTRATION_CREATED: {
        EventType.SUB_ORCHESTRATION_COMPLETED,
        EventType.SUB_ORCHESTRATION_FAILED,
    },
}
OPENING = [EventType.ORCHESTRATOR_STARTED, EventType.EXECUTION_STARTED]
CLOSING = [EventType.EXECUTION_COMPLETED, EventType.ORCHESTRATOR_COMPLETED]


def problems(history: list[dict[str, Any]]) -> list[str]:
    """What is wrong with the history of an instance that has completed; nothing, if all is well.

    Every task was scheduled once and has come back once, after that. A timer that was not due when
    the instance ended may have been cancelled.
    """
    return [*_frame(history), *_numbers(history), *_completions(history)]


def _frame(history: list[Event]) -> Iterator[str]:
    kinds = [EventType(event["EventType"]) for event in history]
    if kinds[:2] != OPENING or kinds[-2:] != CLOSING:
        yield f"begins with {kinds[:2]} and ends with {kinds[-2:]}"
    for kind in (EventType.EXECUTION_STARTED, EventType.EXECUTION_COMPLETED):
        if kinds.count(kind) != 1:
            yield f"has {kinds.count(kind)} of {kind.name}"
    turns = [
        kind
        for kind in kinds
        if kind in (EventType.ORCHESTRATOR_STARTED, EventType.ORCHESTRATOR_COMPLETED)
    ]
    if turns != [OPENING[0], CLOSING[1]] * (len(turns) // 2):
        yield "a turn is not closed before the next one"


def _numbers(history: list[Event]) -> Iterator[str]:
    numbers = [event["EventId"] for event in history if event["EventId"] >= 0]
    if numbers != list(range(len(numbers))):
        yield f"numbers its tasks {numbers}"


def _completions(history: list[Event]) -> Iterator[str]:
    scheduled: dict[int, Event] = {}
    done: Counter[int] = Counter()
    for event in history:
        kind, task = EventType(event["EventType"]), completes(event)
        if kind in SCHEDULING_TYPES:
            scheduled[event["EventId"]] = event
        elif task is not None:
            done[task] += 1
            found = scheduled.get(task)
            if found is None or kind not in COMPLETIONS[EventType(found["EventType"])]:
                yield f"{kind.name} is for task {task}, which is {found}"
    ended_at = history[-1]["Timestamp"]
    for task, event in scheduled.items():
        open_timer = event.get("FireAt", ended_at) > ended_at
        if done[task] != 1 and not (open_timer and not done[task]):
            yield f"task {task} has come back {done[task]} times: {event}"
