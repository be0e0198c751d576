"""Singleton: at most one instance runs for a thing, because the thing gives the instance its id.

The starter looks whether that id is alive before it starts it; once the instance has ended, however
it ended, the id is free again.
"""

import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func

ENDED = (
    df.OrchestrationRuntimeStatus.Completed,
    df.OrchestrationRuntimeStatus.Failed,
    df.OrchestrationRuntimeStatus.Terminated,
)

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="imports/{source}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start_import(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Start the import of a source, unless it is under way."""
    instance_id = f"import-{req.route_params['source']}"
    existing = await client.get_status(instance_id)
    if existing and existing.runtime_status not in ENDED:
        return func.HttpResponse(f"{instance_id} is under way", status_code=409)
    await client.start_new("import_source", instance_id, req.get_json())
    return client.create_check_status_response(req, instance_id)


@app.orchestration_trigger(context_name="context")
def import_source(context: df.DurableOrchestrationContext) -> Generator[Any, Any, int]:
    """Wait until the rows are delivered, then write them."""
    order = context.get_input()
    rows = yield context.wait_for_external_event("Delivered")
    written = yield context.call_activity("write_rows", {**order, "rows": rows})
    return written


@app.activity_trigger(input_name="order")
def write_rows(order: dict) -> int:
    """Write rows into the order's folder and return how many."""
    if not order["rows"]:
        raise ValueError("`rows` must not be empty")
    text = "\n".join(order["rows"])
    Path(order["folder"], f"rows.{uuid.uuid4().hex}").write_text(text, "utf-8")
    return len(order["rows"])
