"""The shape of requests, as the service's REST reference has it."""

from __future__ import annotations

import json
from collections import deque
from itertools import islice

import pytest

from simulate import Sending, stream
from simulate.bodies import GARBAGE
from simulate.plan import US
from simulate.requests import (
    BATCH_TYPE,
    MOST_BYTES,
    MOST_KEYS,
    SINGLE_TYPE,
    Request,
    next_request,
    partition_keys,
)
from tests.simulate.plans import make_plan


def requests_of(events: list[Sending], batch: int = 200) -> list[Request]:
    """All requests of one lane."""
    waiting, found = deque(events), []
    while waiting:
        found.append(next_request(waiting, "a-key", batch, tell_arrival=False))
    return found


def test_a_batch_is_a_json_array_of_bodies() -> None:
    """With the service's own content type and one partition key for all."""
    events = list(islice(stream(make_plan()), 5))
    (request,) = requests_of(events)
    assert request.headers == {
        "BrokerProperties": '{"PartitionKey": "a-key"}',
        "Content-Type": BATCH_TYPE,
    }
    assert json.loads(request.content) == [{"Body": e.body.decode()} for e in events]
    assert request.events == tuple(events)


def test_batches_are_not_larger_than_asked() -> None:
    """Full ones first, the rest last."""
    events = list(islice(stream(make_plan()), 25))
    assert [len(r.events) for r in requests_of(events, 10)] == [10, 10, 5]


def test_requests_are_not_larger_than_the_service_takes() -> None:
    """Bytes count, too, as they travel: quotes inside a text take two."""
    plan = make_plan(per_event=1_000, format="array")
    requests = requests_of(list(islice(stream(plan), 40)))
    assert sum(len(r.events) for r in requests) == 40
    assert max(len(r.content) for r in requests) <= MOST_BYTES
    assert len(requests) < 10


def test_bytes_travel_alone_and_in_their_place() -> None:
    """What is no text cannot be in a batch; the order is kept."""
    events = list(islice(stream(make_plan(garbage=1.0)), 14))
    requests = requests_of(events)
    assert [e for r in requests for e in r.events] == events
    alone = [r for r in requests if r.headers["Content-Type"] == SINGLE_TYPE]
    assert [r.events[0].reason for r in alone] == ["invalid_utf8", "invalid_utf8"]
    assert all(r.content == r.events[0].body for r in alone)
    assert [len(r.events) for r in requests] == [len(GARBAGE) - 1, 1, len(GARBAGE) - 1, 1]


def test_compressed_bodies_are_single_sends() -> None:
    """The bytes as they are."""
    events = list(islice(stream(make_plan(gzip=True)), 3))
    assert [r.content for r in requests_of(events)] == [e.body for e in events]


def test_the_stand_in_is_told_when_the_first_event_arrives() -> None:
    """A request spans little stream time, however fast that runs."""
    waiting = deque(islice(stream(make_plan(speed=1_000.0)), 100))
    seen = 0
    while waiting:
        request = next_request(waiting, "k", 200, tell_arrival=True)
        first, last = request.events[0].send_at_us, request.events[-1].send_at_us
        assert last - first <= 60 * US
        told = request.headers["x-localazure-enqueued-time"]
        assert told.startswith("2026-01-01T00:")
        assert told.endswith(f".{first % US:06d}Z")
        seen += len(request.events)
    assert seen == 100


@pytest.mark.parametrize("devices", [1, MOST_KEYS, MOST_KEYS + 1, 1_000])
def test_a_device_has_one_partition_key(devices: int) -> None:
    """Its own name in a small fleet; a shared one in a large fleet, so that batches fill."""
    keys = partition_keys(make_plan(devices=devices))
    assert len(keys) == devices
    assert len(set(keys.values())) == min(devices, MOST_KEYS)
    if devices <= MOST_KEYS:
        assert all(device == key for device, key in keys.items())
