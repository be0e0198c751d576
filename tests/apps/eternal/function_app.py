"""Eternal orchestration: a round ends by beginning the next one with the state that it hands over.

Each round has a history of its own, so the loop may run for ever under one id. It pauses between
rounds; the event `Wake` cuts the pause short, `Stop` ends the loop with its last state.
"""

import uuid
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="meters", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start_meter(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Start to read a meter for ever: `folder` and `pause_s`."""
    state = {**req.get_json(), "rounds": 0, "readings": []}
    instance_id = await client.start_new("read_for_ever", client_input=state)
    return client.create_check_status_response(req, instance_id)


@app.orchestration_trigger(context_name="context")
def read_for_ever(
    context: df.DurableOrchestrationContext,
) -> Generator[Any, Any, dict[str, Any] | None]:
    """Read once, pause, and begin anew."""
    state = context.get_input()
    context.set_custom_status({"rounds": state["rounds"]})
    reading = yield context.call_activity("read_meter", state)
    # What is handed over must not grow, or the loop could not run for ever.
    state |= {"rounds": state["rounds"] + 1, "readings": [*state["readings"], reading][-3:]}
    pause = context.create_timer(context.current_utc_datetime + timedelta(seconds=state["pause_s"]))
    wake = context.wait_for_external_event("Wake")
    stop = context.wait_for_external_event("Stop")
    winner = yield context.task_any([stop, wake, pause])
    if winner != pause:
        pause.cancel()
    if winner == stop:
        return {"rounds": state["rounds"], "readings": state["readings"], "why": stop.result}
    context.continue_as_new(state)


@app.activity_trigger(input_name="state")
def read_meter(state: dict) -> int:
    """Return what the meter shows, which is ten times the round."""
    Path(state["folder"], f"reading.{uuid.uuid4().hex}").touch()
    return 10 * state["rounds"]
