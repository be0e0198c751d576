"""Orchestrators that do nothing else: what remains is the engine's and the SDK's time."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

app = df.DFApp()

Story = Generator[Any, Any, Any]


@app.orchestration_trigger(context_name="context")
def flat(context: df.DurableOrchestrationContext) -> Story:
    """Fan out as wide as the input says; return how many came back."""
    tasks = [context.call_activity("nothing", n) for n in range(context.get_input())]
    results = yield context.task_all(tasks)
    return len(results)


@app.orchestration_trigger(context_name="context")
def segmented(context: df.DurableOrchestrationContext) -> Story:
    """Spread [segments, size] over sub-orchestrations; return how many came back."""
    segments, size = context.get_input()
    tasks = [context.call_sub_orchestrator("flat", size) for _ in range(segments)]
    results = yield context.task_all(tasks)
    return sum(results)


@app.orchestration_trigger(context_name="context")
def sleeping(context: df.DurableOrchestrationContext) -> Story:
    """Wait for a day."""
    yield context.create_timer(context.current_utc_datetime + timedelta(days=1))


@app.activity_trigger(input_name="number")
def nothing(number: int) -> int:
    """Return the number."""
    return number
