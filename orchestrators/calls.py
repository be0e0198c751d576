"""How orchestrators call activities: one retry policy, and refusals that are not retried.

An activity that raises is tried again, since most failures pass: a service was away, or the process
died. An activity that knows that trying again cannot help answers with a refusal instead (see
`activities/boundary.py`), which comes out here as `ActivityRefusedError`.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import azure.durable_functions as df

from domain.messages import Message

SERVICE_RETRY = df.RetryOptions(
    first_retry_interval_in_milliseconds=5_000, max_number_of_attempts=40
)
"""Rides out more than three minutes of an absent service: databases fail over within one."""

Story = Generator[Any, Any, Any]


class ActivityRefusedError(Exception):
    """An activity said that trying again cannot help. `kind` is the error's name."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


def task(context: df.DurableOrchestrationContext, name: str, message: Message) -> Any:
    """The durable task of an activity, for task_all and task_any; see `answer_of`."""
    return context.call_activity_with_retry(name, SERVICE_RETRY, message.to_json())


def call(context: df.DurableOrchestrationContext, name: str, message: Message) -> Story:
    """Calls one activity and waits for its answer.

    Raises:
        ActivityRefusedError: trying again cannot help.
        Exception: it failed as often as the retry policy allows.
    """
    return answer_of((yield task(context, name, message)))


def all_of(context: df.DurableOrchestrationContext, tasks: list[Any]) -> Story:
    """Waits for all tasks, also if one of them fails, and answers with their results.

    In Azure `task_all` holds back what an orchestrator schedules next until every task has come
    back, while the SDK has numbered it already: the retries of a task that is still open would
    take those numbers.

    Raises:
        Exception: what the first of the tasks that failed raised.
    """
    try:
        results: list[Any] = yield context.task_all(tasks)
    except Exception:
        for one in tasks:
            with suppress(Exception):
                yield one
        raise
    return results


def answer_of(result: dict[str, Any]) -> dict[str, Any]:
    """What the activity answered. Raises ActivityRefusedError if it refused."""
    if "refused" in result:
        raise ActivityRefusedError(result["refused"]["error"], result["refused"]["message"])
    answer: dict[str, Any] = result["answer"]
    return answer


def now(context: df.DurableOrchestrationContext) -> datetime:
    """The orchestration's time, aware: the same in every replay."""
    current: datetime = context.current_utc_datetime
    return current.replace(tzinfo=UTC) if current.tzinfo is None else current.astimezone(UTC)


def plain_reason(error: BaseException) -> str:
    """The first line of an error that says something, without the engine's trimmings."""
    if isinstance(error, ActivityRefusedError):
        return str(error)
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
