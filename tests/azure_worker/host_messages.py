"""What the Functions host tells its worker of ticks and of events, as the worker receives it.

Written after the host's sources, and apart from the stand-in's own code, so that each checks the
other.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.azure_worker.peers import Json


@dataclass(frozen=True)
class Delivery:
    """Data and metadata of one invocation of an Event Hub function."""

    data: Json
    metadata: Json


@dataclass(frozen=True)
class Origin:
    """The partition 0 that events come from."""

    namespace: str
    hub: str
    group: str = "$Default"


def tick(*, past_due: bool, status: Json | None = None) -> Json:
    """A tick of a timer. Source: `TimerInfo` of the timers extension."""
    told = {
        "Schedule": {"AdjustForDST": False},
        "ScheduleStatus": status,
        "IsPastDue": past_due,
    }
    return _json(told)


def many(events: Sequence[Json], origin: Origin, *, binary: bool) -> Delivery:
    """Events for a function of cardinality `many`; an event is what a plane keeps of it.

    Source: `EventHubTriggerBindingStrategy` of the extension, `GrpcMessageConversionExtensions` of
    the host, which leaves out the empty texts of an array.
    """
    bodies = {"collection_bytes": [one["body"] for one in events]}
    if not binary:
        bodies = {"collection_string": [_text(one) for one in events]}
    keys = [one["partition_key"] for one in events if one["partition_key"]]
    metadata = {
        **_common(origin),
        "PartitionKeyArray": {"collection_string": keys},
        "OffsetArray": {"collection_string": [one["offset"] for one in events]},
        "SequenceNumberArray": {"collection_sint64": [one["sequence_number"] for one in events]},
        "EnqueuedTimeUtcArray": _json([_time(one) for one in events]),
        "PropertiesArray": _json([one["properties"] for one in events]),
        "SystemPropertiesArray": _json([_system_properties(one) for one in events]),
    }
    return Delivery(bodies, metadata)


def single(event: Json, origin: Origin) -> Delivery:
    """One event, as a text, for a function of cardinality `one`."""
    metadata = {
        **_common(origin),
        "Offset": {"string": event["offset"]},
        "SequenceNumber": _json(event["sequence_number"]),
        "EnqueuedTimeUtc": _json(_time(event)),
        "Properties": _json(event["properties"]),
        "SystemProperties": _json(_system_properties(event)),
    }
    if event["partition_key"] is not None:
        metadata["PartitionKey"] = {"string": event["partition_key"]}
    return Delivery({"string": _text(event)}, metadata)


def _common(origin: Origin) -> Json:
    context = {
        "IsCheckpointingAfterInvocation": True,
        "FullyQualifiedNamespace": origin.namespace,
        "EventHubName": origin.hub,
        "ConsumerGroup": origin.group,
        "PartitionId": "0",
    }
    return {"PartitionContext": _json(context)}


def _system_properties(event: Json) -> Json:
    annotations = {
        "x-opt-sequence-number": event["sequence_number"],
        "x-opt-offset": event["offset"],
        "x-opt-enqueued-time": _time(event),
    }
    if event["partition_key"] is not None:
        annotations["x-opt-partition-key"] = event["partition_key"]
    return {
        **annotations,
        "SequenceNumber": event["sequence_number"],
        "Offset": event["offset"],
        "PartitionKey": event["partition_key"],
        "EnqueuedTimeUtc": _time(event),
    }


def _time(event: Json) -> str:
    """When an event was enqueued: in UTC, without saying so."""
    return str(event["enqueued_time"]).removesuffix("Z")


def _text(event: Json) -> str:
    return base64.b64decode(event["body"]).decode()


def _json(content: Any) -> Json:
    return {"json": json.dumps(content)}
