"""Events as a source hands them to the host, and the words for places in a partition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

DEFAULT_CONSUMER_GROUP = "$Default"


@dataclass(frozen=True)
class ReceivedEvent:
    """One event of a partition; the enqueued time is aware, in UTC."""

    sequence_number: int
    offset: str
    enqueued_time: datetime
    body: bytes
    partition_key: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class InitialOffset:
    """Where a partition begins for a consumer group that has no checkpoint there."""

    type: Literal["fromStart", "fromEnd", "fromEnqueuedTime"] = "fromStart"
    enqueued_time: datetime | None = None


FROM_START = InitialOffset()

# A number is the sequence number of the next event to read.
Position = int | InitialOffset


@dataclass(frozen=True)
class Slice:
    """Events in a row, perhaps none, and where reading goes on."""

    events: Sequence[ReceivedEvent]
    following: Position


@dataclass(frozen=True)
class Checkpoint:
    """The last event of a partition that a consumer group is done with."""

    sequence_number: int
    offset: str


@dataclass(frozen=True)
class Place:
    """What a function listens to; the namespace is an authority, such as `127.0.0.1:8443`."""

    namespace: str
    hub: str
    consumer_group: str
