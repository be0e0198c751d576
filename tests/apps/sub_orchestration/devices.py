"""The child's story in a blueprint: a part of an app that the app registers as a whole."""

import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Any

import azure.durable_functions as df

devices = df.Blueprint()


@devices.orchestration_trigger(context_name="context")
def set_up(context: df.DurableOrchestrationContext) -> Generator[Any, Any, dict[str, Any]]:
    """Install a device, check it, and tell under which id this was done and for whom."""
    order = context.get_input()
    yield context.call_activity(install, order)
    version = yield context.call_activity(check, order)
    return {
        "device": order["device"],
        "version": version,
        "instance": context.instance_id,
        "parent": context.parent_instance_id,
    }


@devices.activity_trigger(input_name="order")
def install(order: dict) -> None:
    """Install the device."""
    Path(order["folder"], f"{order['device']}.{uuid.uuid4().hex}").touch()


@devices.activity_trigger(input_name="order")
def check(order: dict) -> int:
    """Return the version that an installed device answers with, unless it is broken."""
    if order["device"].startswith("broken"):
        raise LookupError(f"{order['device']} does not answer")
    return 1
