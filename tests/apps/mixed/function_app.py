"""A mix of durable patterns whose outputs depend on their inputs alone, however often a host dies.

An input names a folder, `marks`, in which every run of an activity leaves a file, so that runs can
be counted; `name` keeps the marks of different instances apart, and `size` says how much there is
to do. What comes out is told once more, without any of this, in `tests/kills/mixed_model.py`.
"""

import asyncio
import time
import uuid
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)

Story = Generator[Any, Any, Any]

RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=20, max_number_of_attempts=3)
WORK_S = 0.01
AT_ONCE = 3
ROUNDS_PER_EVENT = 4


@app.orchestration_trigger(context_name="context")
def chain(context: df.DurableOrchestrationContext) -> Story:
    """Calls one activity after the other, each with the result of the one before."""
    given = context.get_input()
    number = given["size"]
    for step, activity in enumerate(("increment", "double", "increment")):
        number = yield context.call_activity(activity, work(given, step, number))
    return number


@app.orchestration_trigger(context_name="context")
def fan_out(context: df.DurableOrchestrationContext) -> Story:
    """Calls `size` activities at once, sync and async ones in turn."""
    given = context.get_input()
    results = yield context.task_all([numbered(context, n) for n in range(given["size"])])
    return results


@app.orchestration_trigger(context_name="context")
def sliding(context: df.DurableOrchestrationContext) -> Story:
    """Keeps some of `size` activities running: whenever one ends, the next one starts."""
    waiting = list(range(context.get_input()["size"]))
    running: list[Any] = []
    results = []
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            running.append(numbered(context, waiting.pop(0)))
        ended = yield context.task_any(running)
        running.remove(ended)
        results.append(ended.result)
    return sorted(results)


@app.orchestration_trigger(context_name="context")
def retried(context: df.DurableOrchestrationContext) -> Story:
    """Retries an activity until it succeeds, and one that never does until the policy gives up."""
    given = context.get_input()
    stumbling = {**work(given, "stumble", given["size"]), "failures": given["size"] % 3}
    number = yield context.call_activity_with_retry("stumble", RETRY, stumbling)
    try:
        yield context.call_activity_with_retry("fail", RETRY, work(given, "fail", 0))
    except Exception:  # noqa: BLE001 - the SDK raises nothing narrower
        return [number, "gave up"]
    return [number, "succeeded"]


@app.orchestration_trigger(context_name="context")
def asked(context: df.DurableOrchestrationContext) -> Story:
    """Waits for an event, with a timer that never comes due, then for a timer, then for another
    event, which may have come long before."""
    given = context.get_input()
    context.set_custom_status({"awaits": "first"})
    first = context.wait_for_external_event("first")
    late = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
    winner = yield context.task_any([first, late])
    if winner != first:
        return "nobody came"
    late.cancel()
    context.set_custom_status({"taken": ["first"], "awaits": "last"})
    doubled = yield context.call_activity("double", work(given, "first", first.result))
    yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=30))
    last = yield context.wait_for_external_event("last")
    return [doubled, last]


@app.orchestration_trigger(context_name="context")
def rounds(context: df.DurableOrchestrationContext) -> Story:
    """Begins anew `size` times, each time with one result more; some rounds wait for an event."""
    given = context.get_input()
    number, results = given.get("round", 0), given.get("results", [])
    if number == given["size"]:
        return results
    result = yield numbered(context, number)
    yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=10))
    if number % ROUNDS_PER_EVENT == ROUNDS_PER_EVENT - 1:
        context.set_custom_status({"awaits": f"round-{number}"})
        result += yield context.wait_for_external_event(f"round-{number}")
        context.set_custom_status({"taken": [f"round-{number}"]})
    context.continue_as_new({**given, "round": number + 1, "results": [*results, result]})
    return None


@app.orchestration_trigger(context_name="context")
def family(context: df.DurableOrchestrationContext) -> Story:
    """Runs sub-orchestrations at once: with an id, without one, retried, and beginning anew."""
    given = context.get_input()

    def child(role: str, size: int) -> dict[str, Any]:
        return {**given, "name": f"{given['name']}-{role}", "size": size}

    size = given["size"]
    results = yield context.task_all(
        [
            context.call_sub_orchestrator("chain", child("chain", size), f"{given['name']}-chain"),
            context.call_sub_orchestrator("fan_out", child("fan", size)),
            context.call_sub_orchestrator_with_retry("brittle", RETRY, child("brittle", size)),
            context.call_sub_orchestrator("rounds", child("rounds", ROUNDS_PER_EVENT - 1)),
        ]
    )
    return results


@app.orchestration_trigger(context_name="context")
def brittle(context: df.DurableOrchestrationContext) -> Story:
    """Fails if its activity does, which is once."""
    given = context.get_input()
    stumbling = {**work(given, "stumble", given["size"]), "failures": 1}
    number = yield context.call_activity("stumble", stumbling)
    return number


@app.activity_trigger(input_name="given")
def increment(given: dict) -> int:
    """Returns the number plus one."""
    mark(given)
    time.sleep(WORK_S)
    return int(given["number"]) + 1


@app.activity_trigger(input_name="given")
async def double(given: dict) -> int:
    """Returns twice the number, on the event loop."""
    mark(given)
    await asyncio.sleep(WORK_S)
    return 2 * int(given["number"])


@app.activity_trigger(input_name="given")
def stumble(given: dict) -> int:
    """Returns the number, but fails the first times that it runs."""
    mark(given)
    if runs(given) <= given["failures"]:
        raise ValueError("not yet")
    return int(given["number"])


@app.activity_trigger(input_name="given")
def fail(given: dict) -> None:
    """Fails, always."""
    mark(given)
    raise ValueError("never")


def numbered(context: df.DurableOrchestrationContext, number: int) -> Any:
    """The task of an activity that is told apart by its number: even ones are sync, odd async."""
    activity = ("increment", "double")[number % 2]
    return context.call_activity(activity, work(context.get_input(), number, number))


def work(given: dict[str, Any], step: object, number: int) -> dict[str, Any]:
    """What an activity is given."""
    return {"marks": given["marks"], "mark": f"{given['name']}.{step}", "number": number}


def mark(given: dict[str, Any]) -> None:
    """Leaves a mark."""
    Path(given["marks"], f"{given['mark']}.{uuid.uuid4().hex}").touch()


def runs(given: dict[str, Any]) -> int:
    """How many marks of this name there are."""
    return len(list(Path(given["marks"]).glob(f"{given['mark']}.*")))
