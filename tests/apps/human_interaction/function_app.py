"""Human interaction: ask a person and wait for the answer, but not for ever.

The answer comes as the external event `Answered`, whenever the person is ready; a timer races it.
If the timer wins, somebody else is asked to look at it.
"""

import uuid
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="expenses", methods=["POST"])
@app.durable_client_input(client_name="client")
async def claim(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Start the approval of an expense: `folder`, `amount` and `patience_s`."""
    instance_id = await client.start_new("approve_expense", client_input=req.get_json())
    return client.create_check_status_response(req, instance_id)


@app.orchestration_trigger(context_name="context")
def approve_expense(
    context: df.DurableOrchestrationContext,
) -> Generator[Any, Any, dict[str, Any]]:
    """Ask, wait, and do what the answer says."""
    expense = context.get_input()
    yield context.call_activity("ask", expense)
    context.set_custom_status("waiting for an answer")
    late = context.current_utc_datetime + timedelta(seconds=expense["patience_s"])
    patience = context.create_timer(late)
    answered = context.wait_for_external_event("Answered")
    winner = yield context.task_any([answered, patience])
    if winner == patience:
        yield context.call_activity("escalate", expense)
        return {"decision": "escalated"}
    patience.cancel()
    answer = answered.result
    if not answer["approved"]:
        return {"decision": "denied", "by": answer["by"]}
    paid = yield context.call_activity("pay", expense)
    return {"decision": "approved", "by": answer["by"], "paid": paid}


@app.activity_trigger(input_name="expense")
def ask(expense: dict) -> None:
    """Send the person a message."""
    leave_mark(expense, "asked")


@app.activity_trigger(input_name="expense")
def escalate(expense: dict) -> None:
    """Send the message to somebody else."""
    leave_mark(expense, "escalated")


@app.activity_trigger(input_name="expense")
def pay(expense: dict) -> int:
    """Pay the expense and return what was paid."""
    leave_mark(expense, "paid")
    return expense["amount"]


def leave_mark(expense: dict[str, Any], name: str) -> None:
    """Leave a file that tells that an activity ran."""
    Path(expense["folder"], f"{name}.{uuid.uuid4().hex}").touch()
