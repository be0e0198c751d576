"""Sub-orchestrations: a story that calls other stories, each an instance with a history of its own.

A child may be given an id, so that others find it, or get one that nobody needs to know. A child
that fails raises in its parent, which decides what that means.
"""

from collections.abc import Generator
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from devices import devices, set_up

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(devices)


@app.route(route="sites", methods=["POST"])
@app.durable_client_input(client_name="client")
async def open_site(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Start to open a site: `folder`, `gateway` and `sensors`."""
    instance_id = await client.start_new("set_up_site", client_input=req.get_json())
    return client.create_check_status_response(req, instance_id)


@app.orchestration_trigger(context_name="context")
def set_up_site(context: df.DurableOrchestrationContext) -> Generator[Any, Any, dict[str, Any]]:
    """Set up the gateway, which must work, then the sensors, of which some may be broken."""
    site = context.get_input()
    gateway = yield context.call_sub_orchestrator(
        set_up, {**site, "device": site["gateway"]}, f"{context.instance_id}-gateway"
    )
    ready, broken = [], {}
    for sensor in site["sensors"]:
        try:
            done = yield context.call_sub_orchestrator(set_up, {**site, "device": sensor})
            ready.append(done)
        except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
            broken[sensor] = str(error).partition("\n")[0].strip()
    return {"gateway": gateway, "ready": ready, "broken": broken}
