"""Plans how a failed execution goes back to before its failure; it keeps nothing.

1. The history is cut before the turn that brought the first failure that was not overcome: what
   was scheduled from there on exists only because of the failure. Without a failed task it was the
   orchestrator itself that failed, and the cut is before its last turn.
2. Results that came after the cut are delivered once more, if their tasks were scheduled before it.
3. The other tasks that are open at the cut are done again: activities run, children are rewound,
   timers wait.

The rule is the framework's (DurableTask.Core, `ProcessRewindOrchestrationDecision`, as its tests
describe it), but for two things: an attempt that a later one made good is no failure, and the
execution keeps its id.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from localazure.durable.events import FAILURE_TYPES, RETRY, Event, EventType, completes
from localazure.durable.progress import read_progress

RESULT_TYPES = frozenset(
    {
        EventType.TASK_COMPLETED,
        EventType.SUB_ORCHESTRATION_COMPLETED,
        EventType.TIMER_FIRED,
        EventType.EVENT_RAISED,
    }
)


@dataclass
class Rewind:
    """What becomes of a failed execution; tasks are named by the events that scheduled them."""

    kept: list[Event]
    delivered: list[Event] = field(default_factory=list)
    activities: list[Event] = field(default_factory=list)
    children: list[Event] = field(default_factory=list)
    timers: list[Event] = field(default_factory=list)


def plan_rewind(history: Sequence[Event]) -> Rewind:
    """Plan for a history that ends with a failed execution."""
    cut = _cut(history)
    kept, tail = list(history[:cut]), history[cut:]
    rewind = Rewind(kept)
    progress = read_progress(kept)
    results = [one for one in tail if EventType(one["EventType"]) in RESULT_TYPES]
    came = {completes(one) for one in results}
    started = next((one for one in tail if one["EventType"] == EventType.EXECUTION_STARTED), None)
    # A failure in the very first turn leaves no history: the execution begins again.
    rewind.delivered = [started] if started is not None else []
    rewind.delivered += [one for one in results if progress.awaits(one)]
    scheduled = {one["EventId"]: one for one in kept}
    lists = {
        EventType.TASK_SCHEDULED: rewind.activities,
        EventType.SUB_ORCHESTRATION_CREATED: rewind.children,
        EventType.TIMER_CREATED: rewind.timers,
    }
    for task in progress.open.values():
        if task.task_id not in came:
            lists[task.kind].append(scheduled[task.task_id])
    return rewind


def _cut(history: Sequence[Event]) -> int:
    """Return the place of the event that opens the turn to go back to."""
    overcome = _retries_that_succeeded(history)
    scheduled = {one["EventId"]: one for one in history if one["EventId"] >= 0}
    turn = 0
    for place, event in enumerate(history):
        kind = EventType(event["EventType"])
        if kind is EventType.ORCHESTRATOR_STARTED:
            turn = place
        elif kind in FAILURE_TYPES:
            note = scheduled.get(completes(event) or 0, {}).get(RETRY)
            if note is None or note["index"] not in overcome:
                return turn
    return turn


def _retries_that_succeeded(history: Sequence[Event]) -> set[int]:
    noted = {one["EventId"]: one[RETRY] for one in history if RETRY in one}
    good = {EventType.TASK_COMPLETED, EventType.SUB_ORCHESTRATION_COMPLETED}
    return {
        noted[task_id]["index"]
        for one in history
        if one["EventType"] in good and (task_id := completes(one)) in noted
    }
