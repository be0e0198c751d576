"""What a REST send holds, and what is said about one that is wrong."""

import json

import pytest

from localazure.eventhubs.model import EventData
from localazure.eventhubs.sending import BATCH_TYPE, SendError, Sending, parse_sending


def _parse(body: bytes = b"", **fields: str) -> Sending:
    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()]
    return parse_sending(headers, body)


def _batch(*events: object, **fields: str) -> Sending:
    return _parse(json.dumps(events).encode(), content_type=BATCH_TYPE, **fields)


def test_one_event_is_the_body_as_it_is() -> None:
    """Bytes stay as they are; headers that are neither HTTP's nor a client's are properties."""
    sending = _parse(
        b'\x00[{"Body": 1}]',
        content_type="application/json",
        host="127.0.0.1",
        user_agent="test",
        authorization="Bearer secret",
        accept_encoding="gzip",
        x_ms_client_request_id="1",
        x_localazure_enqueued_time="2026-01-01",
        alert="Strong Wind",
        ort="Köln",
    )
    properties = {"alert": "Strong Wind", "ort": "Köln"}
    event = EventData(b'\x00[{"Body": 1}]', properties, "application/json")
    assert sending == Sending([event], None, None)


def test_a_header_in_latin_1_is_read() -> None:
    """A property that is not UTF-8 is what HTTP says that it is."""
    (event,) = parse_sending([(b"ort", "Köln".encode("latin-1"))], b"").events
    assert event.properties == {"ort": "Köln"}


@pytest.mark.parametrize("content_type", [BATCH_TYPE, f"{BATCH_TYPE}; charset=utf-8"])
def test_a_batch_is_an_array_of_events(content_type: str) -> None:
    """Each has text and properties of JSON's types; headers are nobody's properties."""
    document = [
        {"Body": '{"value": "ü"}', "UserProperties": {"Alert": "x", "n": 1, "f": 0.5, "b": True}},
        {"Body": ""},
        {"Body": "AP8=", "IsBodyBase64": True},
    ]
    sending = _parse(json.dumps(document).encode(), content_type=content_type, alert="ignored")
    assert list(sending.events) == [
        EventData('{"value": "ü"}'.encode(), {"Alert": "x", "n": 1, "f": 0.5, "b": True}),
        EventData(b"", {}),
        EventData(b"\x00\xff", {}),
    ]


@pytest.mark.parametrize(
    ("header", "in_events"),
    [("device-1", ()), ("device-1", ("device-1",)), (None, ("device-1", "device-1"))],
)
def test_a_batch_has_one_partition_key(header: str | None, in_events: tuple[str, ...]) -> None:
    """It comes with the request or with events, which then agree, and holds for all of them."""
    fields = {"brokerproperties": json.dumps({"PartitionKey": header})} if header else {}
    keyed = [{"Body": "a", "BrokerProperties": {"PartitionKey": key}} for key in in_events]
    assert _batch(*keyed, {"Body": "b"}, **fields).partition_key == "device-1"


@pytest.mark.parametrize("partition_id", ["2", 2])
def test_a_partition_may_be_named(partition_id: object) -> None:
    """PartitionId is taken as text and as a number."""
    sending = _parse(b"", brokerproperties=json.dumps({"PartitionId": partition_id}))
    assert (sending.partition_id, sending.partition_key) == ("2", None)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "the batch: Invalid JSON"),
        ("{}", "the batch: Input should be a valid array"),
        ("[]", "the batch: List should have at least 1 item"),
        ('["a"]', "the batch.0: "),
        ('[{"Body": "a"}, {}]', "the batch.1.Body: Field required"),
        ('[{"Body": {"a": 1}}]', "the batch.0.Body: Input should be a valid string; got {'a': 1}"),
        ('[{"Body": "a", "Boddy": 1}]', "the batch.0.Boddy: Extra inputs are not permitted; got 1"),
        ('[{"Body": "a", "UserProperties": {"n": null}}]', "UserProperties.n: .*; got None"),
        ('[{"Body": "a", "UserProperties": {"n": NaN}}]', "UserProperties.n: .*; got nan"),
        ('[{"Body": "a", "UserProperties": {"n": []}}]', r"must be text, a number.*; got \[\]"),
        ('[{"Body": "a", "BrokerProperties": {"Label": "x"}}]', "BrokerProperties.Label: Extra"),
        ('[{"Body": "?", "IsBodyBase64": true}]', "the batch.0.Body must be base64"),
        ('[{"Body": "ü", "IsBodyBase64": true}]', "the batch.0.Body must be base64"),
        (json.dumps([{"Body": 1}] * 9), "the batch.4.Body: .*; and 4 more$"),
    ],
)
def test_a_damaged_batch_is_explained(document: str, message: str) -> None:
    """The place, the rule and the value are named, and of many problems the first."""
    with pytest.raises(SendError, match=message):
        _parse(document.encode(), content_type=BATCH_TYPE)


@pytest.mark.parametrize(
    ("broker", "message"),
    [
        ("{", "BrokerProperties: Invalid JSON"),
        ("[]", "BrokerProperties: "),
        ('{"PartitionKey": ""}', "BrokerProperties.PartitionKey: .* at least 1 character"),
        (f'{{"PartitionKey": "{"k" * 129}"}}', "PartitionKey: .* at most 128 characters"),
        ('{"PartitionKey": 5}', "BrokerProperties.PartitionKey: .*; got 5"),
        ('{"Surprise": 5}', "BrokerProperties.Surprise: Extra inputs"),
        ('{"PartitionKey": "a", "PartitionId": "1"}', "got both, 'a' and '1'"),
    ],
)
def test_damaged_broker_properties_are_explained(broker: str, message: str) -> None:
    """The header is checked as strictly as the body."""
    with pytest.raises(SendError, match=message):
        _parse(b"", brokerproperties=broker)


def test_a_batch_for_two_keys_is_refused() -> None:
    """A batch goes to one partition, so keys that differ cannot be honoured."""
    keyed = [{"Body": "x", "BrokerProperties": {"PartitionKey": key}} for key in ("a", "b")]
    with pytest.raises(SendError, match=r"PartitionKey must be the same .*; got \['a', 'b'\]"):
        _batch(*keyed)
    with pytest.raises(SendError, match="PartitionKey must be the same"):
        _batch(keyed[0], brokerproperties='{"PartitionKey": "c"}')
