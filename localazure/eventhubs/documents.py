"""The JSON of partitions, checkpoints and events, as consumers and ``localazure events`` show them.

It stands apart so that both say the same thing in the same way.
"""

import base64
from typing import Any

from localazure.eventhubs.model import Checkpoint, Page, PartitionState, StoredEvent, iso


def partition_document(state: PartitionState) -> dict[str, Any]:
    """Return which sequence numbers a partition holds: the first, and the next to be given."""
    last = state.last_enqueued_ms
    return {
        "id": str(state.partition),
        "first_sequence": state.first_sequence,
        "next_sequence": state.next_sequence,
        "last_enqueued_time": None if last is None else iso(last),
    }


def checkpoints_document(checkpoints: dict[int, Checkpoint]) -> dict[str, Any]:
    """Return checkpoints by the id of their partition."""
    return {
        str(partition): {
            "sequence_number": checkpoint.sequence_number,
            "offset": checkpoint.offset,
            "updated": iso(checkpoint.updated_ms),
        }
        for partition, checkpoint in checkpoints.items()
    }


def page_document(page: Page) -> dict[str, Any]:
    """Return events, their bodies in base64, and the sequence number to ask for next."""
    return {"events": [_event_document(event) for event in page.events], "next": page.next}


def _event_document(event: StoredEvent) -> dict[str, Any]:
    return {
        "sequence_number": event.sequence_number,
        "offset": event.offset,
        "enqueued_time": iso(event.enqueued_ms),
        "partition_key": event.partition_key,
        "properties": event.properties,
        "body": base64.b64encode(event.body).decode("ascii"),
    }
