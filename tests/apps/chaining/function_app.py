"""Function chaining: each activity gets what the one before it returned.

An order is reserved, charged and shipped. What is done cannot be rolled back, so a chain that
breaks takes its earlier steps back by calling their opposites.
"""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func

LIMIT = 100

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="orders", methods=["POST"])
@app.durable_client_input(client_name="client")
async def place_order(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Start a chain with the order in the body: `folder`, `item` and `amount`."""
    instance_id = await client.start_new("process_order", client_input=req.get_json())
    return client.create_check_status_response(req, instance_id)


@app.orchestration_trigger(context_name="context")
def process_order(
    context: df.DurableOrchestrationContext,
) -> Generator[Any, Any, dict[str, Any]]:
    """Reserve, charge and ship; release what was reserved if charging fails."""
    reserved = yield context.call_activity(reserve, context.get_input())
    try:
        charged = yield context.call_activity(charge, reserved)
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        released = yield context.call_activity(release, reserved)
        return {**released, "reason": str(error).partition("\n")[0].strip()}
    shipped = yield context.call_activity(ship, charged)
    return shipped


@app.activity_trigger(input_name="order")
def reserve(order: dict) -> dict[str, Any]:
    """Put the item aside."""
    return take_step(order, "reserved")


@app.activity_trigger(input_name="order")
def charge(order: dict) -> dict[str, Any]:
    """Take the money."""
    if order["amount"] > LIMIT:
        raise ValueError(f"`amount` must be at most {LIMIT}; got {order['amount']}")
    return take_step(order, "charged")


@app.activity_trigger(input_name="order")
def ship(order: dict) -> dict[str, Any]:
    """Send the item."""
    return take_step(order, "shipped")


@app.activity_trigger(input_name="order")
def release(order: dict) -> dict[str, Any]:
    """Put the item back."""
    return take_step(order, "released")


def take_step(order: dict[str, Any], step: str) -> dict[str, Any]:
    """Return the order with one step more, and write the step down."""
    with Path(order["folder"], f"{order['item']}.steps").open("a", encoding="utf-8") as steps:
        steps.write(f"{step}\n")
    return {**order, "steps": [*order.get("steps", []), step]}
