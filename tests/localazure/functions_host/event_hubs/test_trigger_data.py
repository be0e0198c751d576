"""What functions receive: the SDK's events with the real host's metadata."""

from datetime import UTC, datetime

import pytest
from azure.functions.eventhub import EventHubTriggerConverter

from localazure.functions_host.event_hubs.events import Place, ReceivedEvent
from localazure.functions_host.event_hubs.trigger_data import (
    Delivered,
    FastConverter,
    decode_batch,
    decode_single,
)

SOURCE = Delivered("f", Place("127.0.0.1:1", "telemetry", "windrow"), "3")
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
BINARY = b"\x00\xff\xfe"
EVENTS = [
    ReceivedEvent(7, "700", MOMENT, BINARY, "key", {"kind": "a"}),
    ReceivedEvent(8, "800", MOMENT, b"text"),
]
CONTEXT = {
    "IsCheckpointingAfterInvocation": True,
    "FullyQualifiedNamespace": "127.0.0.1:1",
    "EventHubName": "telemetry",
    "ConsumerGroup": "windrow",
    "PartitionId": "3",
}


def test_a_batch_has_the_arrays_of_azure() -> None:
    """Cardinality many: one EventHubEvent each, and shared metadata in arrays."""
    events = decode_batch(EVENTS, SOURCE, binary=True)
    assert [one.get_body() for one in events] == [BINARY, b"text"]
    assert [one.sequence_number for one in events] == [7, 8]
    assert [one.partition_key for one in events] == ["key", None]
    metadata = events[1].metadata
    assert metadata["PartitionContext"] == CONTEXT
    assert metadata["SequenceNumberArray"] == [7, 8]
    assert metadata["OffsetArray"] == ["700", "800"]
    assert metadata["PropertiesArray"] == [{"kind": "a"}, {}]
    assert metadata["EnqueuedTimeUtcArray"] == ["2026-01-02T03:04:05.678000"] * 2
    system = metadata["SystemPropertiesArray"][0]
    assert (system["SequenceNumber"], system["Offset"], system["PartitionKey"]) == (7, "700", "key")
    assert system["x-opt-sequence-number"] == 7
    assert system["x-opt-partition-key"] == "key"
    assert metadata["sys"]["MethodName"] == "f"


def test_habits_of_the_real_host_are_kept() -> None:
    """Times have no zone; arrays of texts lose their empty elements."""
    events = decode_batch(EVENTS, SOURCE, binary=True)
    assert events[0].enqueued_time == MOMENT.replace(tzinfo=None)
    assert events[0].metadata["PartitionKeyArray"] == ["key"]


@pytest.mark.parametrize(
    "text", ["2026-01-02T03:04:05.678000", "2026-01-02T03:04:05", "2026-01-02T03:04:05Z", None]
)
def test_times_are_read_as_by_the_sdk(text: str | None) -> None:
    """The short way gives what the SDK's own gives."""
    assert FastConverter._parse_datetime(text) == EventHubTriggerConverter._parse_datetime(text)


def test_texts_mangle_what_is_no_text() -> None:
    """Without data type binary, bytes that are no UTF-8 are replaced, as in Azure."""
    events = decode_batch(EVENTS, SOURCE, binary=False)
    assert [one.get_body() for one in events] == ["\x00\ufffd\ufffd".encode(), b"text"]
    single = decode_single(EVENTS[0], SOURCE, binary=False)
    assert single.get_body() == "\x00\ufffd\ufffd".encode()


def test_a_single_event_has_the_singular_names() -> None:
    """Cardinality one: plain values, and no partition key where there is none."""
    event = decode_single(EVENTS[0], SOURCE, binary=True)
    assert event.get_body() == BINARY
    assert (event.sequence_number, event.offset, event.partition_key) == (7, "700", "key")
    assert event.enqueued_time == MOMENT.replace(tzinfo=None)
    assert event.metadata["PartitionContext"] == CONTEXT
    assert event.metadata["Properties"] == {"kind": "a"}
    assert event.metadata["SystemProperties"]["Offset"] == "700"
    assert "PartitionKey" not in decode_single(EVENTS[1], SOURCE, binary=True).metadata
