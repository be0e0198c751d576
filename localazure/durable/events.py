"""The history vocabulary: one function per event, in the form that the Azure extension sends.

Numbers and field names are those of `azure.durable_functions.models.history`. A key that starts
with an underscore is the engine's own note and never leaves it.
"""

from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

Event = dict[str, Any]

NO_ID = -1
RETRY = "_retry"
AGAIN = "_again"


class EventType(IntEnum):
    """What an entry of a history says."""

    EXECUTION_STARTED = 0
    EXECUTION_COMPLETED = 1
    EXECUTION_FAILED = 2
    EXECUTION_TERMINATED = 3
    TASK_SCHEDULED = 4
    TASK_COMPLETED = 5
    TASK_FAILED = 6
    SUB_ORCHESTRATION_CREATED = 7
    SUB_ORCHESTRATION_COMPLETED = 8
    SUB_ORCHESTRATION_FAILED = 9
    TIMER_CREATED = 10
    TIMER_FIRED = 11
    ORCHESTRATOR_STARTED = 12
    ORCHESTRATOR_COMPLETED = 13
    EVENT_SENT = 14
    EVENT_RAISED = 15
    CONTINUE_AS_NEW = 16
    GENERIC_EVENT = 17
    EXECUTION_SUSPENDED = 19
    EXECUTION_RESUMED = 20


CONTROL_TYPES = frozenset(
    {
        EventType.EXECUTION_TERMINATED,
        EventType.EXECUTION_SUSPENDED,
        EventType.EXECUTION_RESUMED,
    }
)
SCHEDULING_TYPES = frozenset(
    {
        EventType.TASK_SCHEDULED,
        EventType.TIMER_CREATED,
        EventType.SUB_ORCHESTRATION_CREATED,
    }
)
FAILURE_TYPES = frozenset({EventType.TASK_FAILED, EventType.SUB_ORCHESTRATION_FAILED})


def utc_now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def wire_time(moment: datetime) -> str:
    """Write a time as the extension does; equal width, so text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(text: str) -> datetime:
    """Read a time of the wire; one without a zone is UTC."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def completes(event: Event) -> int | None:
    """Return the id of the task that the event completes, if it completes one."""
    task_id = event.get("TimerId", event.get("TaskScheduledId"))
    return task_id if isinstance(task_id, int) else None


def _event(kind: EventType, now: datetime, event_id: int = NO_ID, **fields: Any) -> Event:
    head = {"EventType": int(kind), "EventId": event_id, "IsPlayed": False}
    return {**head, "Timestamp": wire_time(now), **fields}


def orchestrator_started(now: datetime) -> Event:
    """Open a turn; its time is the orchestrator's `current_utc_datetime`."""
    return _event(EventType.ORCHESTRATOR_STARTED, now)


def orchestrator_completed(now: datetime) -> Event:
    """Close a turn."""
    return _event(EventType.ORCHESTRATOR_COMPLETED, now)


def execution_started(
    now: datetime,
    *,
    name: str,
    version: str,
    input_json: str | None,
    instance_id: str,
    execution_id: str,
    parent: Event | None = None,
) -> Event:
    """Begin one execution of an instance."""
    return _event(
        EventType.EXECUTION_STARTED,
        now,
        Name=name,
        Version=version,
        Input=input_json,
        OrchestrationInstance={"InstanceId": instance_id, "ExecutionId": execution_id},
        ParentInstance=parent,
    )


def execution_completed(now: datetime, event_id: int, *, status: str, result: str | None) -> Event:
    """End an execution, however it went."""
    return _event(
        EventType.EXECUTION_COMPLETED, now, event_id, OrchestrationStatus=status, Result=result
    )


def execution_terminated(now: datetime, reason: str | None) -> Event:
    """Ask an instance to end at once."""
    return _event(EventType.EXECUTION_TERMINATED, now, Input=reason)


def execution_suspended(now: datetime, reason: str | None) -> Event:
    """Ask an instance to stand still."""
    return _event(EventType.EXECUTION_SUSPENDED, now, Reason=reason)


def execution_resumed(now: datetime, reason: str | None) -> Event:
    """Ask a suspended instance to go on."""
    return _event(EventType.EXECUTION_RESUMED, now, Reason=reason)


def task_scheduled(now: datetime, event_id: int, name: str) -> Event:
    """Note an activity; its input travels with the work, not in the history."""
    return _event(EventType.TASK_SCHEDULED, now, event_id, Name=name, Version="", Input=None)


def task_completed(now: datetime, task_id: int, result: str | None) -> Event:
    """Deliver an activity's result, JSON as text."""
    return _event(EventType.TASK_COMPLETED, now, TaskScheduledId=task_id, Result=result)


def task_failed(now: datetime, task_id: int, reason: str, details: str | None) -> Event:
    """Deliver an activity's failure."""
    return _event(
        EventType.TASK_FAILED, now, TaskScheduledId=task_id, Reason=reason, Details=details
    )


def timer_created(now: datetime, event_id: int, fire_at: datetime) -> Event:
    """Note a timer."""
    return _event(EventType.TIMER_CREATED, now, event_id, FireAt=wire_time(fire_at))


def timer_fired(now: datetime, timer_id: int, fire_at: str) -> Event:
    """Deliver a timer."""
    return _event(EventType.TIMER_FIRED, now, TimerId=timer_id, FireAt=fire_at)


def sub_orchestration_created(
    now: datetime, event_id: int, *, name: str, instance_id: str
) -> Event:
    """Note a child instance."""
    return _event(
        EventType.SUB_ORCHESTRATION_CREATED,
        now,
        event_id,
        Name=name,
        Version="",
        InstanceId=instance_id,
        Input=None,
    )


def sub_orchestration_completed(now: datetime, task_id: int, result: str | None) -> Event:
    """Deliver a child's output, JSON as text."""
    return _event(
        EventType.SUB_ORCHESTRATION_COMPLETED, now, TaskScheduledId=task_id, Result=result
    )


def sub_orchestration_failed(
    now: datetime, task_id: int, reason: str, details: str | None
) -> Event:
    """Deliver a child's failure or termination."""
    return _event(
        EventType.SUB_ORCHESTRATION_FAILED,
        now,
        TaskScheduledId=task_id,
        Reason=reason,
        Details=details,
    )


def event_raised(now: datetime, name: str, input_json: str | None) -> Event:
    """Deliver an external event, its data JSON as text."""
    return _event(EventType.EVENT_RAISED, now, Name=name, Input=input_json)


def execution_rewound(now: datetime, reason: str | None, again: list[int]) -> Event:
    """Wake an execution that went back; tasks with the ids of `again` are to be done again."""
    event = _event(EventType.GENERIC_EVENT, now, Data=f"Rewound: {reason or ''}")
    return {**event, AGAIN: again}
