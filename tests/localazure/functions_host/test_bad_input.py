"""What an app or a client gets wrong is told clearly, and costs nobody else anything."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.localazure.functions_host.host_process import APPS, WEBHOOKS, HostProcess
from tests.localazure.functions_host.test_host import MINIMAL, NewHost, make_app
from tests.support.waiting import wait_until

TWICE = """
import azure.functions as func
app = func.FunctionApp()
@app.route("a")
def same(req: func.HttpRequest) -> str:
    return "a"
@app.function_name("same")
@app.route("b")
def other(req: func.HttpRequest) -> str:
    return "b"
"""
CLUMSY = """
import azure.durable_functions as df
import azure.functions as func
app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route("object")
def gives_object(req: func.HttpRequest):
    return object()

@app.orchestration_trigger(context_name="context")
def output(context: df.DurableOrchestrationContext):
    yield context.call_activity("size", "x")
    return {"a": object()}

@app.orchestration_trigger(context_name="context")
def status(context: df.DurableOrchestrationContext):
    context.set_custom_status({"a": object()})
    yield context.call_activity("size", "x")

@app.orchestration_trigger(context_name="context")
def child_input(context: df.DurableOrchestrationContext):
    yield context.call_sub_orchestrator("output", {"a": object()})

@app.orchestration_trigger(context_name="context")
def not_a_task(context: df.DurableOrchestrationContext):
    yield 5

@app.orchestration_trigger(context_name="context")
def large(context: df.DurableOrchestrationContext):
    given = context.get_input()
    text = yield context.call_activity("grow", len(given))
    size = yield context.call_activity("size", text)
    context.set_custom_status(size)
    return text

@app.activity_trigger(input_name="text")
def size(text: str) -> int:
    return len(text)

@app.activity_trigger(input_name="count")
def grow(count: int) -> str:
    return "y" * count
"""


@pytest.fixture
def clumsy(new_host: NewHost, tmp_path: Path) -> HostProcess:
    """A host of an app with mistakes."""
    return new_host(make_app(tmp_path / "clumsy", CLUMSY)).start()


def test_two_functions_of_one_name_are_told(new_host: NewHost, tmp_path: Path) -> None:
    """In one line with the name; the host does not start."""
    host = new_host(make_app(tmp_path / "twice", TWICE))
    assert host.run_to_end() == 1
    first = next(line for line in host.output().splitlines() if line.startswith("error: "))
    assert "function_app.py does not import" in first
    assert "same" in first


def test_mistakes_of_orchestrators_fail_their_instances(clumsy: HostProcess) -> None:
    """What is no JSON, and what is no task, is named in the output; the host goes on."""
    said = {
        "output": "object is not JSON serializable",
        "status": "<class 'object'> does not expose a `to_json` function",
        "child_input": "<class 'object'> does not expose a `to_json` function",
        "not_a_task": "int",
    }
    for name, reason in said.items():
        clumsy.post(f"{WEBHOOKS}/orchestrators/{name}/{name}")
        status = clumsy.finish(name)
        assert status["runtimeStatus"] == "Failed", name
        assert reason in status["output"], name
    assert clumsy.get("/api/object").status_code == 500
    assert clumsy.get("/admin/host/status").status_code == 200


def test_ten_megabytes_pass(clumsy: HostProcess) -> None:
    """As an input, an activity's input and result, and an output; Azure keeps such in blobs."""
    size = 10 * 1024 * 1024
    body = json.dumps(json.dumps("x" * size)).encode()
    started = clumsy.post(f"{WEBHOOKS}/orchestrators/large/large", content=body)
    assert started.status_code == 202
    status = clumsy.finish("large", timeout_s=60)
    assert (status["runtimeStatus"], status["customStatus"]) == ("Completed", size)
    assert status["output"] == "y" * size
    listed = clumsy.get(f"{WEBHOOKS}/instances?showInput=false").json()
    assert [one["input"] for one in listed] == [None]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/instances/%2e%2e", 404),
        ("/instances/" + "x" * 5_000, 404),
        ("/instances/a%00b", 404),
        ("/instances/nobody/nothing/at/all", 404),
        ("/nothing", 404),
    ],
)
def test_wrong_paths_find_nothing(patterns: HostProcess, path: str, status: int) -> None:
    """Whatever an id is made of, it is looked up and not found."""
    assert patterns.get(WEBHOOKS + path).status_code == status


@pytest.mark.parametrize("instance_id", ["@a", ".a", "a%23b", "a%3Fb", "a%5Cb", "x" * 257])
def test_ids_that_azure_would_refuse_are_refused(patterns: HostProcess, instance_id: str) -> None:
    """The rule and the value are named."""
    refused = patterns.post(f"{WEBHOOKS}/orchestrators/flat/{instance_id}", content=b"1")
    assert refused.status_code == 400
    assert "`instanceId` must" in refused.json()["Message"]


def test_a_damaged_state_is_kept_aside_and_told(new_host: NewHost, tmp_path: Path) -> None:
    """The host starts with an empty one, and names where the other is."""
    host = new_host(make_app(tmp_path / "app", MINIMAL))
    host.state.mkdir()
    (host.state / "durable.sqlite3").write_bytes(b"\x00garbage" * 5_000)
    host.start()
    (kept,) = host.state.glob("durable.sqlite3.damaged-*")
    assert kept.read_bytes() == b"\x00garbage" * 5_000
    assert f"was damaged. It is kept as {kept}" in host.output()


def test_a_locked_state_is_told(new_host: NewHost, tmp_path: Path) -> None:
    """The host does not start; the file stays as it is."""
    host = new_host(make_app(tmp_path / "app", MINIMAL))
    host.state.mkdir()
    with closing(
        sqlite3.connect(host.state / "durable.sqlite3", isolation_level=None)
    ) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert host.run_to_end() == 1
    assert "cannot be used: database is locked" in host.output()


MISSING = """
import azure.functions as func
app = func.FunctionApp()
@app.{decorator}
def uses_a_setting({argument}):
    pass
"""


@pytest.mark.parametrize(
    ("decorator", "argument"),
    [
        ('route("%NOT_THERE%")', "req: func.HttpRequest"),
        ('timer_trigger("timer", "%NOT_THERE%")', "timer: func.TimerRequest"),
    ],
    ids=["route", "schedule"],
)
def test_a_missing_setting_is_named(
    new_host: NewHost, tmp_path: Path, decorator: str, argument: str
) -> None:
    """With the function that needs it."""
    code = MISSING.format(decorator=decorator, argument=argument)
    host = new_host(make_app(tmp_path / "app", code), Hub__fullyQualifiedNamespace="127.0.0.1:1")
    assert host.run_to_end() == 1
    assert "uses_a_setting" in host.output()
    assert "%NOT_THERE% is not an app setting" in host.output()


def test_a_hub_without_its_setting_is_named(new_host: NewHost, tmp_path: Path) -> None:
    """The others are served: the host only tells that nothing is listened to."""
    decorator = 'event_hub_message_trigger("event", "Hub", "%NOT_THERE%")'
    code = MISSING.format(decorator=decorator, argument="event: func.EventHubEvent")
    host = new_host(make_app(tmp_path / "app", code)).start()
    said = "Function uses_a_setting does not listen: eventHubName '%NOT_THERE%'"
    wait_until(lambda: said in host.output(), description="it is told")


def test_each_invocation_is_a_line(new_host: NewHost) -> None:
    """With its duration and how it went."""
    host = new_host(APPS / "bindings", GREETING_ROUTE="g").start()
    assert host.get("/rest/blueprint").status_code == 200
    lines = [one for one in host.output().splitlines() if " from_blueprint " in one]
    assert lines
    assert lines[-1].endswith(" ms Succeeded")
