"""The action vocabulary: what the SDK's orchestrator answers, read into plain records.

The SDK repeats every action since the start of the execution, nested as `task_all` and `task_any`
nest them; it numbers their tasks depth-first, so `tasks` here is that flat list in that order.
Waits for external events and continue-as-new carry no number and are kept apart.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from localazure.durable.errors import UnsupportedFeatureError
from localazure.durable.events import parse_time

FAILURE_MARK = "\n\n$OutOfProcData$:"


class ActionType(IntEnum):
    """The SDK's numbers (`azure.durable_functions.models.actions.ActionType`)."""

    CALL_ACTIVITY = 0
    CALL_ACTIVITY_WITH_RETRY = 1
    CALL_SUB_ORCHESTRATOR = 2
    CALL_SUB_ORCHESTRATOR_WITH_RETRY = 3
    CONTINUE_AS_NEW = 4
    CREATE_TIMER = 5
    WAIT_FOR_EXTERNAL_EVENT = 6
    CALL_ENTITY = 7
    CALL_HTTP = 8
    SIGNAL_ENTITY = 9
    SCHEDULED_SIGNAL_ENTITY = 10
    WHEN_ANY = 11
    WHEN_ALL = 12


NOT_IMITATED = {
    ActionType.CALL_ENTITY: "Durable entities (call_entity)",
    ActionType.SIGNAL_ENTITY: "Durable entities (signal_entity)",
    ActionType.SCHEDULED_SIGNAL_ENTITY: "Durable entities (signal_entity)",
    ActionType.CALL_HTTP: "Durable HTTP (call_http)",
}


@dataclass(frozen=True)
class RetryPolicy:
    """When a failed task is tried again."""

    interval_ms: int
    max_attempts: int


@dataclass(frozen=True)
class ActivityAction:
    """Call an activity; `input` is JSON as text."""

    name: str
    input: str | None
    retry: RetryPolicy | None


@dataclass(frozen=True)
class ChildAction:
    """Call a sub-orchestrator; `input` is JSON as text."""

    name: str
    input: str | None
    instance_id: str | None
    retry: RetryPolicy | None


@dataclass(frozen=True)
class TimerAction:
    """Wait until a time, unless cancelled since."""

    fire_at: datetime
    cancelled: bool


TaskAction = ActivityAction | ChildAction | TimerAction


@dataclass
class Answer:
    """One answer of an orchestrator function."""

    done: bool
    output: Any = None
    error: str | None = None
    custom_status: Any = None
    tasks: list[TaskAction] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    continue_as_new: str | None = None
    lost: bool = False  # the orchestrator failed without telling its actions


def read_answer(text: str) -> Answer:
    """Read the JSON that the SDK returns.

    Raises:
        UnsupportedFeatureError: the orchestrator used a feature that is not imitated.
    """
    state = json.loads(text)
    answer = Answer(
        done=bool(state.get("isDone")),
        output=state.get("output"),
        error=state.get("error"),
        custom_status=state.get("customStatus"),
    )
    for group in state.get("actions", []):
        for raw in _flat(group):
            _add(answer, raw)
    return answer


def read_failure(message: str) -> Answer | None:
    """Read the state that the SDK appends to the message of an orchestrator's exception."""
    _, mark, state = message.partition(FAILURE_MARK)
    if not mark:
        return None
    answer = read_answer(state)
    answer.error = answer.error or message.partition(FAILURE_MARK)[0]
    return answer


def _flat(group: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for raw in group:
        if raw["actionType"] in (ActionType.WHEN_ALL, ActionType.WHEN_ANY):
            yield from _flat(raw.get("compoundActions", []))
        else:
            yield raw


def _add(answer: Answer, raw: dict[str, Any]) -> None:
    kind = ActionType(raw["actionType"])
    if kind in NOT_IMITATED:
        raise UnsupportedFeatureError(NOT_IMITATED[kind])
    if kind is ActionType.WAIT_FOR_EXTERNAL_EVENT:
        answer.waits.append(raw["externalEventName"])
    elif kind is ActionType.CONTINUE_AS_NEW:
        answer.continue_as_new = json.dumps(raw.get("input"))
    else:
        answer.tasks.append(_task(kind, raw))


def _task(kind: ActionType, raw: dict[str, Any]) -> TaskAction:
    if kind is ActionType.CREATE_TIMER:
        return TimerAction(parse_time(raw["fireAt"]), bool(raw.get("isCanceled")))
    retry = _retry(raw.get("retryOptions"))
    if kind in (ActionType.CALL_ACTIVITY, ActionType.CALL_ACTIVITY_WITH_RETRY):
        return ActivityAction(raw["functionName"], raw.get("input"), retry)
    # The extension encodes a child's input once more than the SDK does, and the child's SDK
    # undoes it: what a sub-orchestrator was given is a JSON text inside a JSON text.
    child_input = json.dumps(raw.get("input"))
    return ChildAction(raw["functionName"], child_input, raw.get("instanceId") or None, retry)


def _retry(options: dict[str, Any] | None) -> RetryPolicy | None:
    if options is None:
        return None
    return RetryPolicy(
        interval_ms=int(options["firstRetryIntervalInMilliseconds"]),
        max_attempts=int(options["maxNumberOfAttempts"]),
    )
