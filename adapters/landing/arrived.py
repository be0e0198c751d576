"""One event as an Event Hub hands it over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Arrived:
    """An event: where it is in its partition, when the Event Hub took it (microseconds since
    1970-01-01 UTC), and what the producer sent."""

    partition: str
    sequence: int
    enqueued_us: int
    body: bytes
