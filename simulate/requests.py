"""Events become requests of the service's REST send operation.

A batch is a JSON array that carries text only, under one partition key; a body that is no text
travels alone, as the bytes that it is. Source: "Send event" and "Send batch events" of the Event
Hubs REST API.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from simulate.fleet import device_name
from simulate.plan import US, Plan
from simulate.streaming import Sending

BATCH_TYPE = "application/vnd.microsoft.servicebus.json"
SINGLE_TYPE = "application/octet-stream"
# The stand-in's own: when an event arrives, instead of now.
ENQUEUED_TIME = "x-localazure-enqueued-time"

MOST_BYTES = 900_000  # of a request; a hub takes a megabyte with all that comes around it
MOST_KEYS = 16  # a fleet of more devices shares as many partition keys, so that batches fill
# All events of a request arrive at one moment, so its span is an error of their arrival times. It
# only matters if stream time runs fast: the earliest is told, so that none looks late that is not.
MOST_SPAN_US = 60 * US


@dataclass(frozen=True)
class Request:
    """One request; sending it again is sending the same bytes."""

    content: bytes
    headers: dict[str, str]
    events: tuple[Sending, ...]


def partition_keys(plan: Plan) -> dict[str, str]:
    """The partition key of each device: always the same, so that its events stay in order."""
    names = [device_name(i) for i in range(plan.devices)]
    if plan.devices <= MOST_KEYS:
        return {name: name for name in names}
    return {name: f"devices-{i % MOST_KEYS + 1:02d}" for i, name in enumerate(names)}


def next_request(waiting: deque[Sending], key: str, batch: int, *, tell_arrival: bool) -> Request:
    """Takes the next request's events from the left of `waiting`, which is not empty.

    `batch` is the most events it may hold; `tell_arrival` adds the stream time at which it arrives.
    """
    first = waiting[0]
    headers = {"BrokerProperties": json.dumps({"PartitionKey": key})}
    if tell_arrival:
        headers[ENQUEUED_TIME] = _iso(first.send_at_us)
    texts: list[str] = []
    events: list[Sending] = []
    size = 0
    while waiting and len(events) < batch:
        event = waiting[0]
        text = _batched(event.body)
        if text is None or event.send_at_us > first.send_at_us + MOST_SPAN_US:
            break
        size += len(text) + 2
        if events and size > MOST_BYTES:
            break
        texts.append(text)
        events.append(waiting.popleft())
    if not events:
        headers["Content-Type"] = SINGLE_TYPE
        return Request(waiting.popleft().body, headers, (first,))
    headers["Content-Type"] = BATCH_TYPE
    return Request(f"[{', '.join(texts)}]".encode("ascii"), headers, tuple(events))


def _batched(body: bytes) -> str | None:
    """An event as an item of a batch, in ASCII; None if its body is no text."""
    try:
        return f'{{"Body": {json.dumps(body.decode())}}}'
    except UnicodeDecodeError:
        return None


def _iso(at_us: int) -> str:
    whole, us = divmod(at_us, US)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{us:06d}Z"
