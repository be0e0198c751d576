"""The forms in which the SDK is spoken to: the context of a turn, ids, carried events."""

import json
import uuid
from collections import Counter

from localazure.durable.events import Event, EventType
from localazure.durable.model import Instance

# The extension offers version 2 of the replay protocol in the field that every SDK reads, and
# the newest (4, counted from 0) in the one that newer SDKs read.
UPPER_SCHEMA_VERSION = 1
UPPER_SCHEMA_VERSION_NEW = 3


def orchestrator_context(instance: Instance, history: list[Event], news: list[Event]) -> str:
    """Write what the extension sends to an orchestrator function."""
    sent = [_public(event, played=True) for event in history]
    sent += [_public(event, played=False) for event in news]
    started = next(one for one in sent if one["EventType"] == EventType.EXECUTION_STARTED)
    raw_input = started["Input"]
    context = {
        "history": sent,
        "input": None if raw_input is None else json.loads(raw_input),
        "instanceId": instance.instance_id,
        "isReplaying": started["IsPlayed"],
        "parentInstanceId": instance.parent.instance_id if instance.parent else None,
        "upperSchemaVersion": UPPER_SCHEMA_VERSION,
        "upperSchemaVersionNew": UPPER_SCHEMA_VERSION_NEW,
    }
    return json.dumps(context)


def _public(event: Event, *, played: bool) -> Event:
    sent = {key: value for key, value in event.items() if not key.startswith("_")}
    return {**sent, "IsPlayed": played}


def carried_events(raised: list[Event], waits: list[str]) -> list[Event]:
    """Return the external events that no wait has taken, oldest first."""
    taken = Counter(waits)
    carried = []
    for event in raised:
        if taken[event["Name"]] > 0:
            taken[event["Name"]] -= 1
        else:
            carried.append(event)
    return carried


def new_execution_id() -> str:
    """Return an id in the form that the framework gives executions."""
    return uuid.uuid4().hex


def execution_after(execution_id: str) -> str:
    """Return the id of the execution that follows one; the same again if the turn is repeated."""
    return uuid.uuid5(uuid.NAMESPACE_OID, execution_id).hex
