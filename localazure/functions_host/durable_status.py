"""Instances and histories in the form of the extension's HTTP API."""

import json
from typing import Any

from localazure.durable.events import Event, EventType, completes, parse_time
from localazure.durable.model import Instance

HIDDEN = frozenset({EventType.ORCHESTRATOR_STARTED, EventType.ORCHESTRATOR_COMPLETED})
# Shown by themselves only until they have come back.
CALLS = frozenset({EventType.TASK_SCHEDULED, EventType.SUB_ORCHESTRATION_CREATED})
NAMES = {
    EventType.SUB_ORCHESTRATION_CREATED: "SubOrchestrationInstanceCreated",
    EventType.SUB_ORCHESTRATION_COMPLETED: "SubOrchestrationInstanceCompleted",
    EventType.SUB_ORCHESTRATION_FAILED: "SubOrchestrationInstanceFailed",
}
DROPPED_FIELDS = ("EventId", "IsPlayed", "TaskScheduledId", "TimerId", "Version")


def instance_payload(instance: Instance, *, show_input: bool) -> dict[str, Any]:
    """Write an instance's status."""
    return {
        "name": instance.name,
        "instanceId": instance.instance_id,
        "runtimeStatus": str(instance.status),
        "input": _json(instance.input) if show_input else None,
        "customStatus": _json(instance.custom_status),
        "output": _json(instance.output),
        "createdTime": _seconds(instance.created_at),
        "lastUpdatedTime": _seconds(instance.updated_at),
    }


def history_payload(
    history: list[Event], *, show_input: bool, show_output: bool
) -> list[dict[str, Any]]:
    """Write a history as the status query shows it: each completion with what it completes.

    Inputs are JSON as text, results are JSON.
    """
    calls = {event["EventId"]: event for event in history if event["EventType"] in CALLS}
    back = {completes(event) for event in history}
    shown = [
        _shown(event, calls, show_output=show_output)
        for event in history
        if event["EventType"] not in HIDDEN
        and not (event["EventType"] in CALLS and event["EventId"] in back)
    ]
    if not show_input:
        for event in shown:
            event.pop("Input", None)
    return shown


def _shown(event: Event, calls: dict[int, Event], *, show_output: bool) -> dict[str, Any]:
    shown = {
        key: value
        for key, value in event.items()
        if key not in DROPPED_FIELDS and not key.startswith("_")
    }
    kind = EventType(event["EventType"])
    shown["EventType"] = NAMES.get(kind, kind.name.title().replace("_", ""))
    task_id = completes(event)
    source = None if task_id is None else calls.get(task_id)
    if source is not None:
        shown["ScheduledTime"] = source["Timestamp"]
        shown["FunctionName"] = source["Name"]
    if kind is EventType.EXECUTION_STARTED:
        shown["FunctionName"] = shown.pop("Name")
        shown.pop("OrchestrationInstance", None)
        shown.pop("ParentInstance", None)
    if "Result" in shown:
        shown["Result"] = _json(shown["Result"]) if show_output else None
    return {key: value for key, value in shown.items() if value is not None}


def _json(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _seconds(moment: str) -> str:
    return parse_time(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
