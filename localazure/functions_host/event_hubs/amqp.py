"""Events of a real namespace, or of Microsoft's emulator, through the package `azure-eventhub`.

Thin on purpose: connecting, AMQP, its retries and its flow control are the SDK's. What is here maps
the SDK's pushed batches to reads, its events to ours, and its errors to ours. Nothing of it can be
proved without a service; the mapping is what the tests cover. In Azure checkpoints are blobs that
instances share; here they are in a file of this host, so it does not share partitions with others.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubConsumerClient
from azure.eventhub.amqp import AmqpMessageBodyType
from azure.eventhub.exceptions import AuthenticationError, EventHubError
from azure.identity.aio import DefaultAzureCredential

from localazure.functions_host.event_hubs.checkpoint_file import CheckpointFile
from localazure.functions_host.event_hubs.connections import Connection
from localazure.functions_host.event_hubs.errors import (
    SourceAwayError,
    SourceError,
    SourceRefusedError,
)
from localazure.functions_host.event_hubs.events import (
    Checkpoint,
    InitialOffset,
    Place,
    Position,
    ReceivedEvent,
    Slice,
)

# The most that the SDK hands over at a time; a reader takes from it what it needs.
HANDED_OVER = 300
OLDEST = "-1"
REFUSALS = ("not-found", "unauthorized-access")


class AmqpSource:
    """One event hub of a namespace that speaks AMQP."""

    def __init__(self, connection: Connection, place: Place, prefetch: int, state: Path) -> None:
        self._place = place
        self._prefetch = max(prefetch, 1)
        self._checkpoints = CheckpointFile(state, place)
        self._receivers: dict[str, _Receiver] = {}
        self._credential: DefaultAzureCredential | None = None
        # It belongs to a running event loop, so it is made when it is first needed.
        self._client: EventHubConsumerClient | None = None
        self._connection = connection

    async def partitions(self) -> list[str]:
        """Return the ids of the partitions."""
        try:
            return list(await self._consumer().get_partition_ids())
        except (AzureError, EventHubError, ValueError) as error:
            raise to_source_error(error, self._place) from error

    async def read(self, partition: str, position: Position, limit: int, wait_s: float) -> Slice:
        """Return up to ``limit`` events from a position on, waiting for the first of them."""
        receiver = self._receivers.get(partition)
        try:
            if receiver is None or receiver.position != position:
                receiver = await self._open(partition, position)
            return await receiver.take(limit, wait_s)
        except (AzureError, EventHubError, ValueError) as error:
            await self._close_receiver(partition)
            raise to_source_error(error, self._place) from error

    async def load_checkpoints(self) -> Mapping[str, Checkpoint]:
        """Return the checkpoint of each partition that has one."""
        return await asyncio.to_thread(self._checkpoints.load)

    async def save_checkpoint(self, partition: str, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        await asyncio.to_thread(self._checkpoints.save, partition, checkpoint)

    async def close(self) -> None:
        """Let go of connections."""
        for partition in list(self._receivers):
            await self._close_receiver(partition)
        if self._client is not None:
            await self._client.close()
        if self._credential is not None:
            await self._credential.close()

    async def _open(self, partition: str, position: Position) -> "_Receiver":
        await self._close_receiver(partition)
        if isinstance(position, InitialOffset) and position.type == "fromEnd":
            # As a number: what comes while nobody is connected must not be skipped.
            properties = await self._consumer().get_partition_properties(partition)
            position = int(properties["last_enqueued_sequence_number"]) + 1
        receiver = _Receiver(position)
        receiver.start(self._consumer(), partition, self._prefetch)
        self._receivers[partition] = receiver
        return receiver

    async def _close_receiver(self, partition: str) -> None:
        receiver = self._receivers.pop(partition, None)
        if receiver is not None:
            await receiver.close()

    def _consumer(self) -> EventHubConsumerClient:
        if self._client is None:
            place, text = self._place, self._connection.connection_string
            if text is not None:
                self._client = EventHubConsumerClient.from_connection_string(
                    text, place.consumer_group, eventhub_name=place.hub
                )
            else:
                self._credential = DefaultAzureCredential()
                self._client = EventHubConsumerClient(
                    place.namespace, place.hub, place.consumer_group, self._credential
                )
        return self._client


class _Receiver:
    """One partition's stream: the SDK pushes into a queue of one, whoever reads pulls from it."""

    def __init__(self, position: Position) -> None:
        self.position = position
        self._arrived: asyncio.Queue[list[ReceivedEvent] | Exception] = asyncio.Queue(maxsize=1)
        self._waiting: list[ReceivedEvent] = []
        self._task: asyncio.Task[None] | None = None

    def start(self, client: EventHubConsumerClient, partition: str, prefetch: int) -> None:
        """Begin to receive."""
        start = starting_position(self.position)
        receiving = client.receive_batch(
            self.received,
            max_batch_size=HANDED_OVER,
            partition_id=partition,
            prefetch=prefetch,
            starting_position=start,
            starting_position_inclusive=True,
            on_error=self.failed,
        )
        self._task = asyncio.create_task(receiving, name=f"partition {partition}")

    async def received(self, _context: Any, events: list[EventData]) -> None:
        """Hand over a batch; the SDK brings no further one before this has been taken."""
        await self._arrived.put([to_received_event(one) for one in events])

    async def failed(self, _context: Any, error: Exception) -> None:
        """Hand over an error, after which the SDK would begin at the first position again."""
        await self._arrived.put(error)

    async def take(self, limit: int, wait_s: float) -> Slice:
        """Return what has arrived, or nothing after ``wait_s``; raise what the SDK reported."""
        if not self._waiting:
            with contextlib.suppress(TimeoutError):
                arrived = await asyncio.wait_for(self._arrived.get(), wait_s)
                if isinstance(arrived, Exception):
                    raise arrived
                self._waiting = arrived
        taken, self._waiting = self._waiting[:limit], self._waiting[limit:]
        if taken:
            self.position = taken[-1].sequence_number + 1
        return Slice(taken, self.position)

    async def close(self) -> None:
        """Stop receiving."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])


def starting_position(position: Position) -> int | datetime | str:
    """Return a position as the SDK takes it, inclusive."""
    if isinstance(position, int):
        return position
    return position.enqueued_time or OLDEST


def to_received_event(event: EventData) -> ReceivedEvent:
    """Return the SDK's event as the host's own; texts come as bytes from AMQP."""
    if event.body_type is AmqpMessageBodyType.DATA:
        data: Any = event.body
        body = data if isinstance(data, bytes) else b"".join(data)
    else:
        body = event.body_as_str().encode()
    return ReceivedEvent(
        sequence_number=int(event.sequence_number or 0),
        offset=_text(event.offset or ""),
        enqueued_time=event.enqueued_time or datetime.fromtimestamp(0, UTC),
        body=body,
        partition_key=None if event.partition_key is None else _text(event.partition_key),
        properties={_text(key): _plain(value) for key, value in (event.properties or {}).items()},
    )


def to_source_error(error: Exception, place: Place) -> SourceError:
    """Say whether an error of the SDK may pass by itself."""
    text = f"event hub {place.hub!r} of {place.namespace}, consumer group {place.consumer_group!r}"
    detail = f"{text}: {type(error).__name__}: {str(error).partition(chr(10))[0]}"
    refused = (AuthenticationError, ClientAuthenticationError, ValueError)
    if isinstance(error, refused) or any(word in str(error) for word in REFUSALS):
        return SourceRefusedError(detail)
    return SourceAwayError(detail)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (bool, int, float, type(None))) else _text(value)
