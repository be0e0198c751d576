"""Monitor: look at something again and again, with a timer in between, until it is done.

The custom status tells whoever asks what was seen last. The deadline is fixed when the monitor
begins, by the orchestrator's own clock, so neither replay nor a restart moves it.
"""

import uuid
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="monitors", methods=["POST"])
@app.durable_client_input(client_name="client")
async def watch(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Start to monitor a job: `folder`, `interval_s` and `patience_s`."""
    instance_id = await client.start_new("MonitorJob", client_input=req.get_json())
    return client.create_check_status_response(req, instance_id)


@app.orchestration_trigger(context_name="context", orchestration="MonitorJob")
def monitor_job(context: df.DurableOrchestrationContext) -> Generator[Any, Any, dict[str, Any]]:
    """Look until the job is done, but not beyond the deadline."""
    job = context.get_input()
    deadline = context.current_utc_datetime + timedelta(seconds=job["patience_s"])
    seen = {"looks": 0, "state": "unknown"}
    while context.current_utc_datetime < deadline:
        state = yield context.call_activity("LookAtJob", job)
        seen = {"looks": seen["looks"] + 1, "state": state}
        context.set_custom_status(seen)
        if state == "done":
            return seen
        next_look = context.current_utc_datetime + timedelta(seconds=job["interval_s"])
        yield context.create_timer(min(next_look, deadline))
    return {**seen, "state": "given up"}


@app.activity_trigger(input_name="job", activity="LookAtJob")
def look_at_job(job: dict) -> str:
    """Return the job's state, which stands in the file `state` of its folder."""
    Path(job["folder"], f"look.{uuid.uuid4().hex}").touch()
    return Path(job["folder"], "state").read_text("utf-8")
