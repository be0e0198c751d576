"""The durable patterns, one orchestrator each; the tests drive them through HTTP only.

MARKS is a folder where activities leave one file per run, so that tests can count runs and hold
activities back.
"""

import asyncio
import json
import os
import threading
import time
import uuid
from datetime import timedelta
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)

RETRY_TWICE = df.RetryOptions(first_retry_interval_in_milliseconds=50, max_number_of_attempts=3)


def marks(name: str) -> list[Path]:
    """Return the marks of a name."""
    return sorted(Path(os.environ["MARKS"]).glob(f"{name}.*"))


def mark(name: str) -> None:
    """Leave a mark."""
    Path(os.environ["MARKS"], f"{name}.{uuid.uuid4().hex}").touch()


@app.route(route="start/{name}/{instance_id?}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Start an orchestrator with the body as input."""
    body = req.get_body()
    given = json.loads(body) if body else None
    started = await client.start_new(
        req.route_params["name"], req.route_params.get("instance_id"), given
    )
    return client.create_check_status_response(req, started)


@app.route(route="singleton/{instance_id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def singleton(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Start one instance under a fixed id, unless it runs already."""
    instance_id = req.route_params["instance_id"]
    existing = await client.get_status(instance_id)
    if existing and existing.runtime_status in (
        df.OrchestrationRuntimeStatus.Running,
        df.OrchestrationRuntimeStatus.Pending,
    ):
        return func.HttpResponse(f"{instance_id} is running", status_code=409)
    await client.start_new("wait_for_go", instance_id)
    return client.create_check_status_response(req, instance_id)


@app.route(route="client/{operation}/{instance_id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def use_client(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Call an operation of the SDK's client and answer what it says."""
    instance_id, operation = req.route_params["instance_id"], req.route_params["operation"]
    if operation == "raise_event":
        await client.raise_event(instance_id, "go", {"sent": "by the client"})
        answer = None
    elif operation == "purge":
        answer = (await client.purge_instance_history(instance_id)).instances_deleted
    elif operation == "status":
        status = await client.get_status(instance_id, show_history=True, show_history_output=True)
        answer = status.to_json()
    elif operation == "wait":
        return await client.wait_for_completion_or_create_check_status_response(
            req, instance_id, 5000, 50
        )
    elif operation == "list":
        found = await client.get_status_by(
            runtime_status=[df.OrchestrationRuntimeStatus.Completed],
            instance_id_prefix=instance_id,
        )
        answer = [one.instance_id for one in found]
    elif operation == "list_all":
        answer = [one.instance_id for one in await client.get_status_all()]
    elif operation == "restart":
        answer = await client.restart(instance_id, restart_with_new_instance_id=False)
    elif operation == "purge_by":
        status = await client.get_status(instance_id)
        begin = status.created_time
        purged = await client.purge_instance_history_by(
            begin, begin + timedelta(seconds=1), [df.OrchestrationRuntimeStatus.Terminated]
        )
        answer = purged.instances_deleted
    else:
        answer = await getattr(client, operation)(instance_id, "because")
    return func.HttpResponse(json.dumps(answer), mimetype="application/json")


@app.orchestration_trigger(context_name="context")
def flat(context: df.DurableOrchestrationContext):
    """Fan out as wide as the input says; return the sum."""
    tasks = [context.call_activity("double", n) for n in range(context.get_input())]
    results = yield context.task_all(tasks)
    return sum(results or [])


@app.orchestration_trigger(context_name="context")
def segmented(context: df.DurableOrchestrationContext):
    """Spread [segments, size] over sub-orchestrations; return the sum."""
    segments, size = context.get_input()
    tasks = [context.call_sub_orchestrator("flat", size) for _ in range(segments)]
    results = yield context.task_all(tasks)
    return sum(results or [])


@app.orchestration_trigger(context_name="context")
def chain(context: df.DurableOrchestrationContext):
    """Call one activity after the other, by name and by function, sync and async."""
    context.set_custom_status({"step": 1})
    first = yield context.call_activity("double", context.get_input())
    second = yield context.call_activity(double, first)
    context.set_custom_status({"step": 3})
    third = yield context.call_activity(double_async, second)
    return {"result": third, "kind": type(third).__name__}


@app.orchestration_trigger(context_name="context")
def everything_at_once(context: df.DurableOrchestrationContext):
    """Nest task_all and task_any, with retries, timers and children in between."""
    soon = context.current_utc_datetime + timedelta(milliseconds=100)
    late = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
    groups = [
        context.task_all([context.call_activity("double", 1), context.create_timer(soon)]),
        context.task_all(
            [
                context.call_activity_with_retry("flaky", RETRY_TWICE, [context.instance_id, 2]),
                context.call_sub_orchestrator("chain", 1),
            ]
        ),
        context.task_any([late, context.call_activity("double", 5)]),
    ]
    (doubled, _), (flaked, child), winner = yield context.task_all(groups)
    late.cancel()
    last = yield context.call_activity("double", 50)
    return [doubled, flaked, child["result"], winner.result, last]


@app.orchestration_trigger(context_name="context")
def retried(context: df.DurableOrchestrationContext):
    """Retry an activity that fails as often as the input says."""
    given = [context.instance_id, context.get_input()]
    try:
        result = yield context.call_activity_with_retry("flaky", RETRY_TWICE, given)
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        return f"gave up: {str(error).splitlines()[0].strip()}"
    return result


@app.orchestration_trigger(context_name="context")
def many_retried(context: df.DurableOrchestrationContext):
    """Retry many activities at once while others succeed, then go on."""
    tasks = []
    for n in range(20):
        tasks.append(context.call_activity("double", n))
        given = [f"{context.instance_id}-{n}", n % 3]
        tasks.append(context.call_activity_with_retry("flaky", RETRY_TWICE, given))
    first = yield context.task_any(tasks)
    extra = yield context.call_activity("double", 100)
    rest = yield context.task_all(tasks)
    return {"first": first.result is not None, "extra": extra, "rest": rest}


@app.orchestration_trigger(context_name="context")
def retried_child(context: df.DurableOrchestrationContext):
    """Retry a sub-orchestration."""
    result = yield context.call_sub_orchestrator_with_retry(
        "flaky_child", RETRY_TWICE, [context.instance_id, 1]
    )
    return result


@app.orchestration_trigger(context_name="context")
def flaky_child(context: df.DurableOrchestrationContext):
    """Fail if its activity does."""
    result = yield context.call_activity("flaky", context.get_input())
    return result


@app.orchestration_trigger(context_name="context")
def failing(context: df.DurableOrchestrationContext):
    """Let an activity's failure through."""
    yield context.call_activity("flaky", [context.instance_id, 99])


@app.orchestration_trigger(context_name="context")
def failing_parent(context: df.DurableOrchestrationContext):
    """Let a child's failure through."""
    yield context.call_sub_orchestrator("failing")


@app.orchestration_trigger(context_name="context")
def gated(context: df.DurableOrchestrationContext):
    """Fan out to activities, one of which fails until its gate is open; tidy up on failure."""
    name = context.instance_id
    first = yield context.call_activity("marked", [f"{name}-first", 1])
    tasks = [context.call_activity("marked", [f"{name}-beside", 2])]
    tasks.append(context.call_activity_with_retry("gate", RETRY_TWICE, name))
    tasks.append(context.call_activity("held_back", name))
    try:
        results = yield context.task_all(tasks)
    except Exception:
        yield context.call_activity("marked", [f"{name}-tidied", 0])
        raise
    last = yield context.call_activity("double", first)
    return [first, *results, last]


@app.orchestration_trigger(context_name="context")
def gated_family(context: df.DurableOrchestrationContext):
    """Wait for a child of which the gate keeps one part from succeeding."""
    yield context.call_activity("marked", [f"{context.instance_id}-begun", 0])
    result = yield context.call_sub_orchestrator("gated", None, f"{context.instance_id}-child")
    return result


@app.orchestration_trigger(context_name="context")
def raising(context: df.DurableOrchestrationContext):
    """Raise at once."""
    raise LookupError("nothing here")
    yield


@app.orchestration_trigger(context_name="context")
def monitor(context: df.DurableOrchestrationContext):
    """Poll until the count is reached, beginning anew each time."""
    state = context.get_input()
    context.set_custom_status(f"round {state['round']}")
    if state["round"] == state["until"]:
        return {"rounds": state["round"], "id": context.instance_id}
    yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=20))
    context.continue_as_new({**state, "round": state["round"] + 1})


@app.orchestration_trigger(context_name="context")
def parent_of_monitor(context: df.DurableOrchestrationContext):
    """Wait for a child that begins anew many times."""
    child = f"{context.instance_id}-child"
    given = {"round": 0, "until": 5}
    result = yield context.call_sub_orchestrator("monitor", given, child)
    return result


@app.orchestration_trigger(context_name="context")
def wait_for_go(context: df.DurableOrchestrationContext):
    """Wait for one event and return its data."""
    data = yield context.wait_for_external_event("go")
    return {"go": data}


@app.orchestration_trigger(context_name="context")
def early_event(context: df.DurableOrchestrationContext):
    """Be busy first, then wait for an event that may have come already."""
    yield context.call_activity("held_back", context.instance_id)
    data = yield context.wait_for_external_event("go")
    return {"go": data}


@app.orchestration_trigger(context_name="context")
def collector(context: df.DurableOrchestrationContext):
    """Take one event per execution and carry the others along."""
    seen = context.get_input() or []
    if not seen:
        yield context.call_activity("held_back", context.instance_id)
    names = ("a", "b", "c")
    data = yield context.wait_for_external_event(names[len(seen)])
    seen = [*seen, data]
    if len(seen) == len(names):
        return seen
    context.continue_as_new(seen)


@app.orchestration_trigger(context_name="context")
def approval(context: df.DurableOrchestrationContext):
    """Wait for a person, but no longer than the input says (ms); cancel the timer if in time."""
    deadline = context.current_utc_datetime + timedelta(milliseconds=context.get_input())
    timeout = context.create_timer(deadline)
    approved = context.wait_for_external_event("approved")
    winner = yield context.task_any([approved, timeout])
    if winner == approved:
        timeout.cancel()
        return "approved"
    return "escalated"


@app.orchestration_trigger(context_name="context")
def forgotten_timer(context: df.DurableOrchestrationContext):
    """Return while a timer of the input's length (ms) is still open."""
    late = context.current_utc_datetime + timedelta(milliseconds=context.get_input())
    timer = context.create_timer(late)
    yield context.task_any([timer, context.call_activity("double", 1)])
    return "returned"


@app.orchestration_trigger(context_name="context")
def deterministic(context: df.DurableOrchestrationContext):
    """Return ids and times that must be the same in every replay."""
    ids = [str(context.new_guid()), str(context.new_uuid())]
    begun = context.current_utc_datetime.isoformat()
    if not context.is_replaying:
        mark(f"fresh-{context.instance_id}")
    yield context.call_activity("double", 1)
    again = yield context.call_activity("echo", {"ids": ids, "begun": begun})
    return {"same": again == {"ids": ids, "begun": begun}, "parent": context.parent_instance_id}


@app.orchestration_trigger(context_name="context")
def slow_chain(context: df.DurableOrchestrationContext):
    """Fan out marked activities, then a held-back one, then children; return the total."""
    name = context.instance_id
    first = yield context.task_all(
        [context.call_activity("marked", [f"{name}-{n}", n]) for n in range(10)]
    )
    yield context.call_activity("held_back", name)
    yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=200))
    second = yield context.task_all([context.call_sub_orchestrator("flat", 5) for _ in range(3)])
    return sum(first) + sum(second)


@app.orchestration_trigger(context_name="context")
def holds_back(context: df.DurableOrchestrationContext):
    """Call one activity that the test holds back."""
    yield context.call_activity("held_back", context.instance_id)
    return "done"


@app.orchestration_trigger(context_name="context")
def parent_of_wait(context: df.DurableOrchestrationContext):
    """Wait for a child that waits for an event."""
    result = yield context.call_sub_orchestrator(
        "wait_for_go", None, f"{context.instance_id}-child"
    )
    return result


@app.orchestration_trigger(context_name="context")
def calls_unknown(context: df.DurableOrchestrationContext):
    """Call an activity that does not exist."""
    yield context.call_activity("not_there")


@app.orchestration_trigger(context_name="context")
def calls_entity(context: df.DurableOrchestrationContext):
    """Use an entity."""
    yield context.call_entity(df.EntityId("counter", "one"), "add", 1)


@app.orchestration_trigger(context_name="context")
def calls_http(context: df.DurableOrchestrationContext):
    """Use durable HTTP."""
    yield context.call_http("GET", "http://127.0.0.1/")


@app.orchestration_trigger(context_name="context")
def busy_and_idle(context: df.DurableOrchestrationContext):
    """Keep every activity thread busy with plain Python."""
    yield context.task_all([context.call_activity("burn", 1.5) for _ in range(8)])


@app.orchestration_trigger(context_name="context")
def unserialisable(context: df.DurableOrchestrationContext):
    """Call an activity whose result cannot be written as JSON."""
    yield context.call_activity("returns_object")


@app.activity_trigger(input_name="number")
def double(number: int) -> int:
    """Return twice the number."""
    return 2 * number


@app.activity_trigger(input_name="number")
async def double_async(number: int) -> int:
    """Return twice the number, on the event loop."""
    await asyncio.sleep(0)
    return 2 * number


@app.activity_trigger(input_name="given")
def echo(given: dict) -> dict:
    """Return the input."""
    return given


@app.activity_trigger(input_name="given")
def flaky(given: list) -> str:
    """Fail as often as told."""
    name, failures = given
    mark(name)
    if len(marks(name)) <= failures:
        raise ValueError(f"attempt {len(marks(name))}")
    return f"attempt {len(marks(name))}"


@app.activity_trigger(input_name="given")
def marked(given: list) -> int:
    """Leave a mark and return the number."""
    name, number = given
    mark(name)
    return number


@app.activity_trigger(input_name="name")
def held_back(name: str) -> str:
    """Tell that it runs, then wait for the test's permission."""
    mark(f"held-{name}")
    permission = Path(os.environ["MARKS"], f"go-{name}")
    while not permission.exists():
        time.sleep(0.01)
    return name


@app.activity_trigger(input_name="name")
def gate(name: str) -> str:
    """Fail until the test opens the gate."""
    mark(f"gate-{name}")
    if not Path(os.environ["MARKS"], f"open-{name}").exists():
        raise PermissionError("the gate is closed")
    return "through"


@app.activity_trigger(input_name="seconds")
def burn(seconds: float) -> int:
    """Use the processor without giving it away."""
    until, n = time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        n += 1
    return threading.get_ident()


@app.activity_trigger(input_name="nothing")
def returns_object(nothing: str) -> object:
    """Return something that JSON cannot hold."""
    return object()
