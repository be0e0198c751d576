"""Fan-out and fan-in: many activities at once, joined by `task_all` in the order of the calls.

The other way to join is a race: the first answer is enough, and a timer says how long to wait.
"""

import asyncio
import uuid
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func

SLOW_S = 0.05

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="orchestrators/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Start the orchestrator that the route names."""
    instance_id = await client.start_new(req.route_params["name"], client_input=req.get_json())
    return client.create_check_status_response(req, instance_id)


@app.orchestration_trigger(context_name="context")
def square_all(context: df.DurableOrchestrationContext) -> Generator[Any, Any, dict[str, Any]]:
    """List the numbers of an order (`folder`, `numbers`), square all at once and add them up."""
    order = context.get_input()
    numbers = yield context.call_activity("list_numbers", order)
    squares = yield context.task_all(
        [context.call_activity("square", {**order, "number": number}) for number in numbers]
    )
    return {"squares": squares, "total": sum(squares)}


@app.orchestration_trigger(context_name="context")
def race(context: df.DurableOrchestrationContext) -> Generator[Any, Any, str | None]:
    """Ask all mirrors (`folder`, `mirrors`) and take the first answer within `patience_s`."""
    order = context.get_input()
    late = context.current_utc_datetime + timedelta(seconds=order["patience_s"])
    patience = context.create_timer(late)
    answers = [
        context.call_activity("ask", {**order, "mirror": mirror}) for mirror in order["mirrors"]
    ]
    winner = yield context.task_any([*answers, patience])
    if winner == patience:
        context.set_custom_status("nobody answered in time")
        return None
    patience.cancel()  # otherwise the instance would run until the timer fires
    context.set_custom_status(f"{winner.result} was first")
    return winner.result


@app.activity_trigger(input_name="order")
async def list_numbers(order: dict) -> list[int]:
    """Say what there is to do."""
    return list(range(order["numbers"]))


@app.activity_trigger(input_name="order")
async def square(order: dict) -> int:
    """Square a number that is allowed; every tenth takes longer than those after it."""
    Path(order["folder"], f"square.{uuid.uuid4().hex}").touch()
    number = order["number"]
    await asyncio.sleep(0 if number % 10 else SLOW_S)
    if number in order.get("forbidden", []):
        raise ValueError(f"{number} is forbidden")
    return number * number


@app.activity_trigger(input_name="order")
async def ask(order: dict) -> str:
    """Answer as soon as the mirror is there: a file of its name."""
    while not Path(order["folder"], order["mirror"]).exists():
        await asyncio.sleep(0.01)
    return order["mirror"]
