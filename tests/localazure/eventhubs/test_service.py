"""Sending and receiving through the real https server."""

import base64
import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import jwt
import psutil
import pytest

from tests.localazure.eventhubs.conftest import connect
from tests.support.cloud import RunningCloud, local_cloud

BATCH = {"Content-Type": "application/vnd.microsoft.servicebus.json"}
MAX_BYTES = 1024 * 1024
FOREIGN = jwt.encode({"aud": "https://storage.azure.com", "exp": 2**40, "iss": "x"}, "k" * 32)
NOON = "2026-01-01T12:00:00.000Z"


def _plane(hub: str, path: str = "") -> str:
    return f"/localazure/eventhubs/{hub}{path}"


def _events(client: httpx.Client, hub: str, partition: int = 0, **query: Any) -> dict[str, Any]:
    path = _plane(hub, f"/partitions/{partition}/events")
    answer = client.get(path, params=query, timeout=60)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def _counts(client: httpx.Client, hub: str) -> list[int]:
    partitions = client.get(_plane(hub)).raise_for_status().json()["partitions"]
    return [partition["next_sequence"] for partition in partitions]


def _bodies(document: Mapping[str, Any]) -> list[bytes]:
    return [base64.b64decode(event["body"]) for event in document["events"]]


def _error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["message"]


def test_one_event_is_sent_as_in_azure(client: httpx.Client, hub: str) -> None:
    """The REST reference's request is answered by an empty 201 and can be read back whole."""
    answer = client.post(
        f"/{hub}/messages?timeout=60&api-version=2014-01",
        content=b'{"DeviceId": "dev-01"}\x00',
        headers={
            "Content-Type": "application/atom+xml;type=entry;charset=utf-8",
            "Alert": "Strong Wind",
            "BrokerProperties": '{"PartitionId": "2"}',
            "x-localazure-enqueued-time": "2026-01-01T13:00:00.0009+01:00",
        },
    )
    assert (answer.status_code, answer.content) == (201, b"")
    assert _events(client, hub, 2) == {
        "events": [
            {
                "sequence_number": 0,
                "offset": "0",
                "enqueued_time": NOON,
                "partition_key": None,
                "properties": {"alert": "Strong Wind"},
                "body": base64.b64encode(b'{"DeviceId": "dev-01"}\x00').decode(),
            }
        ],
        "next": 1,
    }


def test_a_batch_is_sent_as_in_azure(client: httpx.Client, hub: str) -> None:
    """The JSON of the REST reference, under one key: all to one partition, in order."""
    batch = [
        {"Body": "Message1", "UserProperties": {"Alert": "Strong Wind"}},
        {"Body": "Message2"},
        {"Body": "Message3"},
    ]
    headers = {**BATCH, "BrokerProperties": '{"PartitionKey": "dev-01"}'}
    for _ in range(2):
        sent = client.post(
            f"/{hub}/messages?timeout=60", content=json.dumps(batch), headers=headers
        )
        assert sent.status_code == 201
    counts = _counts(client, hub)
    assert sorted(counts) == [0, 0, 0, 6]
    document = _events(client, hub, counts.index(6))
    assert _bodies(document) == [b"Message1", b"Message2", b"Message3"] * 2
    assert [event["partition_key"] for event in document["events"]] == ["dev-01"] * 6
    assert document["events"][0]["properties"] == {"Alert": "Strong Wind"}
    assert [event["sequence_number"] for event in document["events"]] == list(range(6))
    assert document["events"][0]["enqueued_time"].endswith("Z")


def test_without_a_key_partitions_take_turns(client: httpx.Client, hub: str) -> None:
    """Requests, not events, go round: a batch stays together."""
    for _ in range(4):
        client.post(f"/{hub}/messages", content=b"x").raise_for_status()
    batch = json.dumps([{"Body": "x"}] * 3)
    client.post(f"/{hub}/messages", content=batch, headers=BATCH).raise_for_status()
    assert sorted(_counts(client, hub)) == [1, 1, 1, 4]


def test_keys_spread_over_partitions(client: httpx.Client, hub: str) -> None:
    """Many keys reach all partitions."""
    for number in range(40):
        headers = {"BrokerProperties": json.dumps({"PartitionKey": f"device-{number}"})}
        client.post(f"/{hub}/messages", content=b"x", headers=headers).raise_for_status()
    counts = _counts(client, hub)
    assert sum(counts) == 40
    assert min(counts) > 0


def test_an_event_may_be_sent_to_a_partition_or_as_a_publisher(
    client: httpx.Client, hub: str
) -> None:
    """The path names the partition, or the publisher, whose name is the partition key."""
    assert client.post(f"/{hub}/partitions/3/messages", content=b"there").status_code == 201
    assert _bodies(_events(client, hub, 3)) == [b"there"]
    assert client.post(f"/{hub}/publishers/dev-01/messages", content=b"mine").status_code == 201
    keys = {
        event["partition_key"]
        for partition in range(4)
        for event in _events(client, hub, partition)["events"]
    }
    assert keys == {None, "dev-01"}


def test_stream_time_may_be_told(client: httpx.Client, hub: str) -> None:
    """Events carry the time of the header, and time does not go backwards in a partition."""
    for time in (NOON, "2025-01-01T00:00:00Z", "2026-01-02T00:00:00"):
        headers = {"x-localazure-enqueued-time": time}
        client.post(f"/{hub}/partitions/0/messages", headers=headers).raise_for_status()
    times = [event["enqueued_time"] for event in _events(client, hub)["events"]]
    assert times == [NOON, NOON, "2026-01-02T00:00:00.000Z"]


@pytest.mark.parametrize(
    ("path", "headers", "content", "message"),
    [
        ("messages", BATCH, b"[{]", "the batch: Invalid JSON"),
        ("messages", BATCH, b'[{"Body": 5}]', "the batch.0.Body"),
        ("messages", {"BrokerProperties": "{"}, b"", "BrokerProperties: Invalid JSON"),
        ("messages", {"x-localazure-enqueued-time": "noon"}, b"", "ISO 8601 time; got 'noon'"),
        ("messages?surprise=1", {}, b"", "got ['surprise']"),
        (
            "partitions/1/messages",
            {"BrokerProperties": '{"PartitionId": "2"}'},
            b"",
            "PartitionId must be '1', as in the path; got '2'",
        ),
        ("partitions/1/messages", {"BrokerProperties": '{"PartitionKey": "a"}'}, b"", "got both"),
        ("publishers/p/messages", {"BrokerProperties": '{"PartitionKey": "a"}'}, b"", "got 'a'"),
    ],
)
def test_a_malformed_send_is_refused(
    client: httpx.Client,
    hub: str,
    path: str,
    headers: dict[str, str],
    content: bytes,
    message: str,
) -> None:
    """What is wrong answers 400 with a clear message, and nothing is in the log."""
    status, text = _error(client.post(f"/{hub}/{path}", content=content, headers=headers))
    assert status == 400
    assert message in text
    assert _counts(client, hub) == [0, 0, 0, 0]


def test_a_request_has_at_most_a_megabyte(client: httpx.Client, hub: str) -> None:
    """One byte more answers 413 and says how much there was."""
    assert client.post(f"/{hub}/messages", content=b"x" * MAX_BYTES).status_code == 201
    status, text = _error(client.post(f"/{hub}/messages", content=b"x" * (MAX_BYTES + 1)))
    assert status == 413
    assert str(MAX_BYTES + 1) in text
    assert sum(_counts(client, hub)) == 1


def test_what_does_not_exist_is_not_found(client: httpx.Client, hub: str) -> None:
    """Unknown hubs, partitions and consumer groups answer 404 and name those that exist."""
    checkpoint = {"sequence_number": 1, "offset": "1"}
    answers = [
        client.post("/none/messages"),
        client.post(f"/{hub}/partitions/4/messages"),
        client.post(f"/{hub}/partitions/01/messages"),
        client.get(_plane("none")),
        client.get(_plane("none", "/partitions/0/events")),
        client.get(_plane(hub, "/partitions/4/events")),
        client.get(_plane(hub, "/consumergroups/none/checkpoints")),
        client.put(_plane(hub, "/consumergroups/none/checkpoints/0"), json=checkpoint),
        client.put(_plane(hub, "/consumergroups/windrow/checkpoints/4"), json=checkpoint),
    ]
    for answer in answers:
        status, text = _error(answer)
        assert status == 404
        assert "must be one of" in text


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer nonsense",
        f"Bearer {FOREIGN}",
    ],
)
def test_a_token_for_event_hubs_is_needed(
    client: httpx.Client, hub: str, authorization: str | None
) -> None:
    """Neither sending nor receiving works without a token of the right audience."""
    events = _plane(hub, "/partitions/0/events")
    checkpoints = _plane(hub, "/consumergroups/windrow/checkpoints")
    for method, path in [
        ("POST", f"/{hub}/messages"),
        ("GET", _plane(hub)),
        ("GET", events),
        ("GET", checkpoints),
        ("PUT", f"{checkpoints}/0"),
    ]:
        request = client.build_request(method, path)
        del request.headers["Authorization"]
        if authorization:
            request.headers["Authorization"] = authorization
        answer = client.send(request)
        assert answer.status_code == 401
        assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_a_shared_access_signature_is_named_as_missing(client: httpx.Client, hub: str) -> None:
    """Who uses a key is told what to use instead, and the key is not repeated."""
    headers = {"Authorization": "SharedAccessSignature sr=x&sig=s3cret&se=1&skn=key"}
    status, text = _error(client.post(f"/{hub}/messages", headers=headers))
    assert status == 401
    assert "not imitated" in text
    assert "bearer token" in text
    assert "s3cret" not in text


def test_a_hub_describes_itself(client: httpx.Client, hub: str) -> None:
    """Partitions with their numbers, and the consumer groups; names ignore case."""
    headers = {"x-localazure-enqueued-time": NOON}
    client.post(f"/{hub.upper()}/partitions/1/messages", headers=headers).raise_for_status()
    empty = {"first_sequence": 0, "next_sequence": 0, "last_enqueued_time": None}
    assert client.get(_plane(hub.upper())).json() == {
        "name": hub,
        "partitions": [
            {"id": "0", **empty},
            {"id": "1", "first_sequence": 0, "next_sequence": 1, "last_enqueued_time": NOON},
            {"id": "2", **empty},
            {"id": "3", **empty},
        ],
        "consumer_groups": ["$Default", "windrow"],
    }


def test_events_are_read_page_by_page(client: httpx.Client, hub: str) -> None:
    """`next` leads from page to page, and at the end to where the next event will be."""
    batch = json.dumps([{"Body": str(number)} for number in range(5)])
    client.post(f"/{hub}/partitions/0/messages", content=batch, headers=BATCH).raise_for_status()
    seen: list[bytes] = []
    first = 0
    while (page := _events(client, hub, **{"from": first, "limit": 2}))["events"]:
        seen += _bodies(page)
        first = page["next"]
    assert seen == [b"0", b"1", b"2", b"3", b"4"]
    assert page == {"events": [], "next": 5}


def test_one_answer_has_four_megabytes_at_most(client: httpx.Client, hub: str) -> None:
    """Large events come in several answers."""
    for _ in range(5):
        client.post(f"/{hub}/partitions/0/messages", content=b"x" * MAX_BYTES).raise_for_status()
    assert _events(client, hub)["next"] == 4
    assert _events(client, hub, **{"from": 4})["next"] == 5


def test_a_long_poll_is_answered_by_a_send(client: httpx.Client, hub: str) -> None:
    """A consumer that waits gets an event that is sent later, long before its wait ends."""
    found: list[dict[str, Any]] = []
    consumer = threading.Thread(
        target=lambda: found.append(_events(client, hub, **{"from": 0, "wait": 30}))
    )
    consumer.start()
    client.post(f"/{hub}/partitions/0/messages", content=b"late").raise_for_status()
    consumer.join(timeout=15)
    assert not consumer.is_alive()
    assert _bodies(found[0]) == [b"late"]


@pytest.mark.parametrize(
    "query",
    [
        *("from=-1", "from=x", f"from={'9' * 5000}", "limit=0", "limit=10001"),
        *("wait=31", "wait=nan", "wait=-1", "surprise=1"),
    ],
)
def test_a_wrong_query_is_refused(client: httpx.Client, hub: str, query: str) -> None:
    """A parameter that is unknown or out of bounds answers 400 and is named."""
    status, text = _error(client.get(_plane(hub, f"/partitions/0/events?{query}")))
    assert status == 400
    assert query.partition("=")[0] in text


def test_checkpoints_are_kept(client: httpx.Client, hub: str) -> None:
    """The last writer wins, and groups do not see each other's; names ignore case."""
    group = _plane(hub, "/consumergroups/{}/checkpoints")
    for number in (7, 3):
        document = {"sequence_number": number, "offset": f"{number}0"}
        answer = client.put(group.format("Windrow") + "/1", json=document)
        assert answer.status_code == 204
    kept = client.get(group.format("windrow")).json()["checkpoints"]
    updated = kept["1"].pop("updated")
    assert kept == {"1": {"sequence_number": 3, "offset": "30"}}
    assert len(updated) == len(NOON)
    assert client.get(group.format("$Default")).json() == {"checkpoints": {}}


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("{", "the checkpoint"),
        ('{"sequence_number": -2, "offset": "1"}', "sequence_number"),
        ('{"sequence_number": 1, "offset": 1}', "offset"),
        ('{"sequence_number": 1, "offset": "1", "owner": "me"}', "owner"),
    ],
)
def test_a_wrong_checkpoint_is_refused(
    client: httpx.Client, hub: str, content: str, field: str
) -> None:
    """A checkpoint that is damaged answers 400 and changes nothing."""
    path = _plane(hub, "/consumergroups/windrow/checkpoints")
    status, text = _error(client.put(f"{path}/0", content=content))
    assert status == 400
    assert field in text
    assert client.get(path).json() == {"checkpoints": {}}


def test_a_cloud_that_is_killed_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """Events and checkpoints are there after SIGKILL and a new start."""
    config = {"event_hubs": {"hubs": {"telemetry": {"partitions": 1}}}}
    checkpoint = {"sequence_number": 0, "offset": "0"}
    checkpoints = _plane("telemetry", "/consumergroups/$Default/checkpoints")
    with local_cloud(tmp_path / "state", config) as cloud:
        assert "telemetry (1 partitions)" in cloud.console.read_text(encoding="utf-8")
        with connect(cloud) as client:
            client.post("/telemetry/messages", content=b"kept").raise_for_status()
            client.put(f"{checkpoints}/0", json=checkpoint).raise_for_status()
        psutil.Process(cloud.pid).kill()
    with local_cloud(tmp_path / "state", config) as cloud, connect(cloud) as client:
        assert _bodies(_events(client, "telemetry")) == [b"kept"]
        kept = client.get(checkpoints).json()["checkpoints"]
        assert kept["0"]["sequence_number"] == 0
        client.post("/telemetry/messages", content=b"next").raise_for_status()
        assert _events(client, "telemetry")["next"] == 2


def test_a_cloud_without_the_section_has_no_hubs(cloud: RunningCloud) -> None:
    """A send is answered by what is missing in the configuration."""
    with connect(cloud) as client:
        status, text = _error(client.post("/telemetry/messages"))
    assert status == 404
    assert "event_hubs of localazure.yml" in text
