"""HTTP functions of every kind, and some that the host does not serve."""

import json
import os

import azure.functions as func
from more import blueprint
from words import WORD

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(blueprint)


@app.route(route="echo/{number:int}/{word?}", methods=["POST", "PUT"])
def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer with everything that the request had."""
    seen = {
        "method": req.method,
        "path": req.url.partition("?")[0].split("/", 3)[3],
        "params": dict(req.route_params),
        "query": dict(req.params),
        "header": req.headers.get("X-Word"),
        "body": req.get_body().hex(),
        "function": context.function_name,
    }
    return func.HttpResponse(json.dumps(seen), status_code=201, mimetype="application/json")


@app.route(route="echo/literal")
async def literal(req: func.HttpRequest) -> func.HttpResponse:
    """Win against `echo/{anything}`."""
    return func.HttpResponse("literal")


@app.route(route="echo/{anything}")
async def anything(req: func.HttpRequest) -> func.HttpResponse:
    """Take what the others leave."""
    return func.HttpResponse(f"anything: {req.route_params['anything']}")


@app.route(route="files/{*path}")
def files(req: func.HttpRequest) -> func.HttpResponse:
    """Take the rest of the path."""
    return func.HttpResponse(req.route_params["path"])


@app.route(route="%GREETING_ROUTE%")
def greeting(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with settings and a neighbour's word."""
    return func.HttpResponse(f"{os.environ['GREETING_LONG']}, {WORD}")


@app.route(methods=["GET"])
def binary(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with bytes, headers and cookies under the function's own name."""
    response = func.HttpResponse(bytes(range(256)), mimetype="application/octet-stream")
    response.headers["X-Kind"] = "binary"
    response.headers.add("Set-Cookie", "a=1; Path=/")
    response.headers.add("Set-Cookie", "b=2; Path=/")
    return response


@app.route(route="posted", methods=["POST"])
def posted(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with the body's JSON."""
    return func.HttpResponse(json.dumps(req.get_json()))


@app.route(route="nothing")
def nothing(req: func.HttpRequest):
    """Answer with nothing, which is an error: there must be a response."""


@app.route(route="wrong")
def wrong(req: func.HttpRequest) -> func.HttpResponse:
    """Raise."""
    raise RuntimeError("something is wrong here")


@app.route(route="open", auth_level=func.AuthLevel.ANONYMOUS)
def open_to_all(req: func.HttpRequest) -> func.HttpResponse:
    """Ask for no key."""
    return func.HttpResponse("open")


@app.route(route="admins", auth_level=func.AuthLevel.ADMIN)
def for_admins(req: func.HttpRequest) -> func.HttpResponse:
    """Ask for the master key."""
    return func.HttpResponse("admins")


@app.function_name(name="switched_off")
@app.route(route="off")
def off(req: func.HttpRequest) -> func.HttpResponse:
    """Never run: a setting disables it."""
    return func.HttpResponse("off")


@app.queue_trigger(arg_name="message", queue_name="q", connection="QUEUE")
def from_queue(message: func.QueueMessage) -> None:
    """Never run: queues are not imitated."""


@app.route(route="queued")
@app.queue_output(arg_name="out", queue_name="q", connection="QUEUE")
def to_queue(req: func.HttpRequest, out: func.Out[str]) -> func.HttpResponse:
    """Never run: queue outputs are not imitated."""
    return func.HttpResponse("queued")
