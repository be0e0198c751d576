"""What can be shown of the AMQP source without a service: its mapping of the SDK's classes."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubConsumerClient
from azure.eventhub.amqp import AmqpAnnotatedMessage
from azure.eventhub.exceptions import AuthenticationError, ConnectError, EventHubError

from localazure.functions_host.event_hubs import amqp
from localazure.functions_host.event_hubs.checkpoint_file import CheckpointFile
from localazure.functions_host.event_hubs.connections import read_connection
from localazure.functions_host.event_hubs.errors import SourceAwayError, SourceRefusedError
from localazure.functions_host.event_hubs.events import Checkpoint, InitialOffset, Place

PLACE = Place("mine.servicebus.windows.net", "telemetry", "windrow")
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def event(number: int, body: bytes = b"x") -> EventData:
    """Return an event as the SDK receives one."""
    made = EventData(body)
    made.properties = {b"kind": b"a", "n": 1}
    made.raw_amqp_message.annotations = {
        b"x-opt-sequence-number": number,
        b"x-opt-offset": str(number * 100).encode(),
        b"x-opt-enqueued-time": int(MOMENT.timestamp() * 1000),
        b"x-opt-partition-key": b"key",
    }
    return made


def test_the_sdks_event_is_mapped() -> None:
    """Numbers, times and bytes are taken over; AMQP's byte texts become texts."""
    found = amqp.to_received_event(event(7, b"\xff\x00"))
    assert (found.sequence_number, found.offset, found.body) == (7, "700", b"\xff\x00")
    assert (found.enqueued_time, found.partition_key) == (MOMENT, "key")
    assert found.properties == {"kind": "a", "n": 1}


def test_bodies_that_are_no_data_are_texts() -> None:
    """A value body, which other senders may use, is delivered as its text."""
    made = event(1)
    made._raw_amqp_message = AmqpAnnotatedMessage(
        value_body="value", annotations=made.raw_amqp_message.annotations
    )
    assert amqp.to_received_event(made).body == b"value"


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        (12, 12),
        (InitialOffset(), "-1"),
        (InitialOffset("fromEnqueuedTime", MOMENT), MOMENT),
    ],
)
def test_positions_are_the_sdks(position: Any, expected: Any) -> None:
    """A number is the first event to read; the start and a time are said in the SDK's way."""
    assert amqp.starting_position(position) == expected


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (AuthenticationError("no"), SourceRefusedError),
        (EventHubError("amqp:not-found"), SourceRefusedError),
        (ValueError("malformed"), SourceRefusedError),
        (ConnectError("down"), SourceAwayError),
        (EventHubError("busy"), SourceAwayError),
    ],
)
def test_errors_are_told_apart(error: Exception, kind: type[Exception]) -> None:
    """What a person must mend is refused; all else may pass."""
    found = amqp.to_source_error(error, PLACE)
    assert type(found) is kind
    assert "event hub 'telemetry' of mine.servicebus.windows.net" in str(found)


class PushingClient:
    """Pushes batches into the callback, as the SDK's client does, then reports an error."""

    def __init__(self, *batches: list[EventData]) -> None:
        self.batches = batches
        self.opened: list[Any] = []

    async def get_partition_properties(self, _partition: str) -> dict[str, Any]:
        """Say where the partition ends."""
        return {"last_enqueued_sequence_number": 41}

    async def receive_batch(self, on_event_batch: Any, **options: Any) -> None:
        """Push."""
        self.opened.append(options["starting_position"])
        for batch in self.batches:
            await on_event_batch(None, batch)
        await options["on_error"](None, ConnectError("down"))

    async def close(self) -> None:
        """Nothing to close."""


def source(client: PushingClient, state: Path) -> amqp.AmqpSource:
    """Return a source over a client that pushes."""
    connection = read_connection("E", {"E__fullyQualifiedNamespace": PLACE.namespace})
    made = amqp.AmqpSource(connection, PLACE, 300, state)
    made._client = cast(EventHubConsumerClient, client)
    return made


def test_pushed_batches_are_read_in_pieces(tmp_path: Path) -> None:
    """A read takes what it wants; after an error the stream opens again where reading stopped."""
    client = PushingClient([event(0), event(1), event(2)])

    async def run() -> list[list[int]]:
        reader = source(client, tmp_path / "state")
        parts = []
        position: Any = InitialOffset()
        for _ in range(2):
            part = await reader.read("0", position, 2, 5)
            parts.append([one.sequence_number for one in part.events])
            position = part.following
        with pytest.raises(SourceAwayError, match="ConnectError: down"):
            await reader.read("0", position, 2, 5)
        await reader.read("0", position, 2, 5)
        await reader.close()
        return parts

    assert asyncio.run(run()) == [[0, 1], [2]]
    assert client.opened == ["-1", 3]


def test_the_end_is_held_as_a_number(tmp_path: Path) -> None:
    """`fromEnd` is asked for once, so that events which come during an outage are not skipped."""
    client = PushingClient([])

    async def run() -> Any:
        reader = source(client, tmp_path / "state")
        part = await reader.read("0", InitialOffset("fromEnd"), 2, 5)
        await reader.close()
        return part.following

    assert asyncio.run(run()) == 42


def test_checkpoints_are_in_a_file(tmp_path: Path) -> None:
    """The newest one is kept per place and partition."""
    path = tmp_path / "checkpoints.sqlite3"
    kept = CheckpointFile(path, PLACE)
    kept.save("0", Checkpoint(1, "100"))
    kept.save("0", Checkpoint(2, "200"))
    kept.save("1", Checkpoint(9, "900"))
    other = CheckpointFile(path, Place(PLACE.namespace, "other", "windrow"))
    assert other.load() == {}
    again = CheckpointFile(path, Place(PLACE.namespace.upper(), "Telemetry", "windrow"))
    assert again.load() == {"0": Checkpoint(2, "200"), "1": Checkpoint(9, "900")}


def test_an_emulators_connection_string_is_the_sdks() -> None:
    """The SDK's own client takes the string of Microsoft's emulator."""

    async def run() -> str:
        text = "Endpoint=sb://localhost;SharedAccessKeyName=n;SharedAccessKey=a2V5;"
        text += "UseDevelopmentEmulator=true;"
        place = Place("localhost", "eh1", "$Default")
        made = amqp.AmqpSource(read_connection("E", {"E": text}), place, 0, Path("unused"))
        name = made._consumer().eventhub_name
        await made.close()
        return str(name)

    assert asyncio.run(run()) == "eh1"
