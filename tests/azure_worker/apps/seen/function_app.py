"""Functions that tell what they see: in their answer, or in a file of the folder SEEN.

What they see must not depend on who invokes them: the stand-in, or Azure's own worker.
"""

# mypy: disallow-untyped-decorators=False

import json
import os
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from parts.more import blueprint, describe  # type: ignore[import-not-found]

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
app.register_functions(blueprint)

EVERY_ATTRIBUTE = (
    "session=abc; Domain=example.org; Path=/a; Expires=Wed, 21 Oct 2026 07:28:00 GMT; "
    "Max-Age=3600; Secure; HttpOnly; SameSite=Lax"
)


def write_down(name: str, seen: dict[str, Any]) -> None:
    """Leave what was seen; the file appears complete."""
    folder = Path(os.environ["SEEN"])
    half = folder / f".{name}"
    half.write_text(json.dumps(seen), "utf-8")
    half.rename(folder / f"{name}.json")


@app.route(route="request/{*rest}")
def request(req: func.HttpRequest) -> func.HttpResponse:
    """Tell everything that a request has."""
    try:
        body = req.get_json()
    except ValueError as error:
        body = f"no JSON: {error}"
    seen = {
        "method": req.method,
        "url": req.url,
        "query": dict(req.params),
        "route": dict(req.route_params),
        "headers": {name: req.headers[name] for name in sorted(req.headers)},
        "any case": req.headers.get("CONTENT-type"),
        "body": req.get_body().hex(),
        "json": body,
    }
    return func.HttpResponse(json.dumps(seen), mimetype="application/json")


@app.route(route="cookies")
async def cookies(req: func.HttpRequest) -> func.HttpResponse:
    """Set cookies with every attribute that there is, and headers."""
    response = func.HttpResponse("set", headers={"X-One": "1"}, charset="latin-1")
    response.headers["X-Two"] = "a, b"
    for cookie in (EVERY_ATTRIBUTE, "plain=1", 'quoted="a b"; SameSite=Strict'):
        response.headers.add("Set-Cookie", cookie)
    return response


@app.route(route="answer/{kind}")
def answer(req: func.HttpRequest) -> str:
    """Return what the route names, whatever the annotation says."""
    results: dict[str, Any] = {
        "text": "größer",
        "empty": "",
        "latin": func.HttpResponse("größer", mimetype="text/html", charset="latin-1"),
        "bytes": func.HttpResponse(b"\x00\xff", status_code=202, headers={"Content-Type": "x/y"}),
        "no body": func.HttpResponse(status_code=404),
        "nothing": None,
        "dict": {"a": 1},
        "number": 3,
    }
    return results[req.route_params["kind"]]  # type: ignore[no-any-return]


@app.route(route="context")
def context_in_thread(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Tell what the context holds, in a thread."""
    return func.HttpResponse(json.dumps(describe(context)))


@app.route(route="context_on_loop")
async def context_on_loop(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Tell what the context holds, on the event loop."""
    return func.HttpResponse(json.dumps(describe(context)))


@app.route(route="trace")
def trace(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Tell whether there is a context for tracing."""
    return func.HttpResponse("yes" if context.trace_context else "no")


@app.timer_trigger(arg_name="timer", schedule="0 30 1 * * *")
def nightly(timer: func.TimerRequest, context: func.Context) -> None:
    """Write down what a timer sees."""
    seen = {"past_due": timer.past_due, "is": describe(context)}
    seen["status"] = timer.schedule_status  # type: ignore[attr-defined]
    write_down("nightly", seen)


@app.timer_trigger(arg_name="timer", schedule="0 0 1 1 *")
async def returns_a_value(timer: func.TimerRequest) -> str:
    """Return what nobody takes."""
    write_down("returns_a_value", {"past_due": timer.past_due})
    return "a value"


@app.activity_trigger(input_name="given")
def given_back(given: Any) -> Any:
    """Return the input, and what it is in Python."""
    return {"type": type(given).__name__, "value": given}


@app.activity_trigger(input_name="given")
async def same_on_loop(given: Any) -> Any:
    """Return the input itself, on the event loop."""
    return given


@app.activity_trigger(input_name="given", activity="AnotherName")
def same_in_thread(given: Any) -> Any:
    """Return the input itself, in a thread, under a name of its own."""
    return given


@app.activity_trigger(input_name="number")
def annotated(number: int) -> str:
    """Return another type than the annotated one: annotations are not enforced."""
    return number  # type: ignore[return-value]


@app.activity_trigger(input_name="wanted")
def unwritable(wanted: str) -> Any:
    """Return what JSON cannot hold."""
    return {"object": object(), "set": {1}, "bytes": b"x"}[wanted]


@app.activity_trigger(input_name="message")
async def raising(message: str) -> None:
    """Raise."""
    raise LookupError(message)


@app.orchestration_trigger(context_name="context", orchestration="AnotherStory")
def story(context: df.DurableOrchestrationContext) -> Any:
    """Call an activity by the name that its decorator gives it."""
    given = yield context.call_activity("AnotherName", context.get_input())
    return given
