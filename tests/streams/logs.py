"""A stream as its hub has it: messages by partition. And what it means: windows, straight from the
definitions, over the distinct events."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.landing import Arrived
from domain.intervals import Interval, interval_of
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.time_policy import effective, overtaking
from tests.adapters.aggregation.reference import Event, windows_of
from tests.adapters.landing.streams import event

FOREVER = (-(2**62), 2**62)


@dataclass(frozen=True)
class Reading:
    """A good record of a message; a bad one is None."""

    us: int
    device: str
    value: int


@dataclass(frozen=True)
class Message:
    """What the hub took at `enqueued_us`; without a record it is no JSON at all."""

    enqueued_us: int
    records: tuple[Reading | None, ...]

    def arrived(self, partition: str, sequence: int) -> Arrived:
        """The message as the trigger hands it over."""
        return Arrived(partition, sequence, self.enqueued_us, self._body())

    def _body(self) -> bytes:
        if not self.records:
            return b"nonsense"
        bodies = [
            event(one.us, device=one.device, value=one.value) if one else {"device": "a"}
            for one in self.records
        ]
        return json.dumps(bodies if len(bodies) > 1 else bodies[0]).encode()


Log = Sequence[Sequence[Message]]
"""The messages of each partition, in their order."""


def stream_source(pipeline: Pipeline) -> EventsSource:
    """The pipeline's stream."""
    assert isinstance(pipeline.source, EventsSource)
    return pipeline.source


def counted(pipeline: Pipeline, log: Log) -> list[Event]:
    """Every event of the log once, at the instant that it counts for, if it does."""
    source = stream_source(pipeline)
    found = []
    for messages in log:
        taken = [
            (us, one)
            for message in messages
            for one in message.records
            if one is not None
            and isinstance(us := effective(one.us, message.enqueued_us, source), int)
        ]
        moved = overtaking([us for us, _ in taken], source.out_of_order)
        found += [
            Event(us, one.device, float(one.value), None)
            for us, (_, one) in zip(moved, taken, strict=True)
            if isinstance(us, int)
        ]
    return found


def defined_windows(pipeline: Pipeline, log: Log) -> dict[Interval, list[dict[str, Any]]]:
    """The windows of the whole log, by the interval that they end in."""
    every_us = stream_source(pipeline).every_us
    found: dict[Interval, list[dict[str, Any]]] = defaultdict(list)
    for window in windows_of(pipeline, counted(pipeline, log), *FOREVER):
        found[interval_of(window["window_end"], every_us)].append(window)
    return dict(found)
