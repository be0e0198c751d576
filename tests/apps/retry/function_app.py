"""Retry: what fails is tried again, after a pause, as often as the policy allows.

The orchestrator sees only the end: the result of the attempt that worked, or the failure of the
last one. A sub-orchestration is tried again as a whole, with all its activities.
"""

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func

POLICY = df.RetryOptions(first_retry_interval_in_milliseconds=50, max_number_of_attempts=3)

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="orchestrators/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Start the orchestrator that the route names, with `folder` and `failures`."""
    instance_id = await client.start_new(req.route_params["name"], client_input=req.get_json())
    return client.create_check_status_response(req, instance_id)


@app.orchestration_trigger(context_name="context")
def fetch(context: df.DurableOrchestrationContext) -> Generator[Any, Any, str]:
    """Try one activity."""
    page = yield context.call_activity_with_retry("download", POLICY, context.get_input())
    return page


@app.orchestration_trigger(context_name="context")
def publish(context: df.DurableOrchestrationContext) -> Generator[Any, Any, str]:
    """Try a story of two activities, under one id, and say how it went."""
    try:
        page = yield context.call_sub_orchestrator_with_retry(
            "publish_once", POLICY, context.get_input(), f"{context.instance_id}-once"
        )
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        reason = str(error).partition("\n")[0].strip()
        return f"not published: {reason}"
    return f"published: {page}"


@app.orchestration_trigger(context_name="context")
def publish_once(context: df.DurableOrchestrationContext) -> Generator[Any, Any, str]:
    """Prepare, then download, without retries."""
    order = context.get_input()
    yield context.call_activity("prepare", order)
    page = yield context.call_activity("download", order)
    return page


@app.activity_trigger(input_name="order")
def prepare(order: dict) -> None:
    """Do something that always works."""
    note_attempt(order, "prepare")


@app.activity_trigger(input_name="order")
def download(order: dict) -> str:
    """Fail as often as the order says."""
    attempt = note_attempt(order, "download")
    if attempt <= order["failures"]:
        raise ConnectionError(f"attempt {attempt} got no answer")
    return f"page of attempt {attempt}"


def note_attempt(order: dict[str, Any], name: str) -> int:
    """Leave a file named after the time of the attempt; return how many there are."""
    Path(order["folder"], f"{name}.{time.time_ns()}").touch()
    return len(list(Path(order["folder"]).glob(f"{name}.*")))
