"""Random stories of a stream: a pipeline, what is sent, and how it is delivered, collected, and
interrupted. Times lie where something is decided: at ends of intervals and at tolerances."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from domain.durations import microseconds
from domain.pipeline import Pipeline, parse_pipeline
from domain.pipeline.events import EventsSource
from domain.windows import grid_floor
from tests.adapters.landing.streams import NOON, SECOND
from tests.streams.logs import Log, Message, Reading, stream_source

AGGREGATES: dict[str, Any] = {
    "events": {"function": "count"},
    "total": {"function": "sum", "column": "value"},
    "last": {"function": "last", "column": "value"},
}


@dataclass(frozen=True)
class Delivery:
    """The host hands over a batch: from `back` messages before the checkpoint of a partition,
    `count` messages. If `torn` is given, it dies while they are landed: files for which a hash
    with it says so are missing, and the checkpoint stays."""

    partition: int
    back: int
    count: int
    torn: int | None = None


@dataclass(frozen=True)
class Collection:
    """Somebody takes his time to collect a pending interval, the `which`-th. In the middle of
    the run there is a delivery, or another interval is compacted. Afterwards it is compacted, and
    dies after `changes` changes of the lake if that is given."""

    which: int
    meanwhile: Delivery | int | None
    changes: int | None


@dataclass(frozen=True)
class Story:
    """All of it; afterwards everything is delivered and collected."""

    pipeline: Pipeline
    log: Log
    steps: Sequence[Delivery | Collection]


def seconds(least: int, most: int) -> st.SearchStrategy[str]:
    """A length of whole seconds."""
    return st.integers(least, most).map(lambda number: f"{number}s")


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    """Windows of any kind, shorter and longer than intervals."""
    kind = draw(st.sampled_from(["tumbling", "hopping", "session", "snapshot"]))
    if kind == "snapshot":
        return {"kind": kind}
    if kind == "session":
        timeout = draw(st.integers(1, 15))
        longest = draw(st.integers(timeout, 40))
        return {"kind": kind, "timeout": f"{timeout}s", "max_duration": f"{longest}s"}
    hop = draw(st.sampled_from([1, 4, 5, 10, 30]))
    found = {"kind": kind, "closed": draw(st.sampled_from(["right", "left"])), "size": f"{hop}s"}
    if draw(st.booleans()):
        found["offset"] = f"{hop * SECOND - 1}us"
    if kind == "hopping":
        size = hop + draw(st.integers(0, 2 * hop))
        found |= {"hop": f"{hop}s", "size": f"{size}s"}
    return found


@st.composite
def pipelines(draw: st.DrawFn) -> Pipeline:
    """A stream with any time policy; intervals of some seconds."""
    tolerance = draw(st.integers(0, 12))
    source: dict[str, Any] = {
        "kind": "events",
        "event_hub": "readings",
        "timestamp": "ts",
        "key": ["device"],
        "score_every": draw(st.sampled_from(["7s", "20s", "60s"])),
        "quiet": "1s",
        "early_arrival": draw(seconds(0, 25)),
        "late_arrival": {
            "tolerance": f"{tolerance}s",
            "policy": draw(st.sampled_from(["adjust", "drop", "rescore"])),
            "limit": f"{tolerance + draw(st.integers(0, 40))}s",
        },
        "dedupe": draw(st.sampled_from(["content", "none"])),
    }
    order = draw(st.sampled_from([None, "adjust", "drop"]))
    if order:
        source["out_of_order"] = {"policy": order, "tolerance": draw(seconds(0, 15))}
    return parse_pipeline(
        {
            "name": f"s{uuid.uuid4().hex}",
            "source": source,
            "windows": draw(windows()),
            "aggregates": AGGREGATES,
            "model": {"endpoint": "samples"},
            "output": {"table": "scores", "columns": {"score": "float"}},
        }
    )


@st.composite
def readings(draw: st.DrawFn, arrival_us: int, source: EventsSource) -> Reading:
    """An event relative to its arrival: about as late and as early as is still taken, or more."""
    late = source.late_arrival
    tolerance, limit = microseconds(late.tolerance), microseconds(late.limit)
    early, every = microseconds(source.early_arrival), source.every_us
    base = draw(
        st.sampled_from(
            [
                arrival_us,
                arrival_us - SECOND,
                grid_floor(arrival_us, every),
                grid_floor(arrival_us, every) - every,
                arrival_us - tolerance,
                arrival_us - tolerance // 2,
                arrival_us - limit,
                arrival_us - (tolerance + limit) // 2,
                arrival_us + early,
                arrival_us + early // 2,
            ]
        )
    )
    us = base + draw(st.sampled_from([0, 0, 0, 1, -1, SECOND]))
    device = draw(st.sampled_from(["a", "a", "b"]))
    return Reading(us, device, draw(st.integers(0, 2)))


@st.composite
def logs(draw: st.DrawFn, source: EventsSource) -> Log:
    """Two or three partitions, of which one may be far behind; some of it garbage, some equal."""
    found = []
    for _ in range(draw(st.integers(2, 3))):
        arrival = NOON + draw(st.sampled_from([0, 3 * SECOND, 30 * SECOND]))
        messages: list[Message] = []
        for _ in range(draw(st.integers(2, 6))):
            arrival += draw(
                st.sampled_from([0, 0, 1, SECOND, SECOND, 3 * SECOND, 10 * SECOND, 30 * SECOND])
            )
            good = readings(arrival, source)
            few = st.lists(good, min_size=1, max_size=3)
            records: Sequence[Reading | None] = draw(few)
            rare = draw(st.integers(0, 9))
            if rare == 0:
                records = [*records, None, records[0]]
            elif rare == 1:
                records = []
            elif rare == 2 and messages:
                records = messages[-1].records
            messages.append(Message(arrival, tuple(records)))
        found.append(messages)
    return found


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A story."""
    pipeline = draw(pipelines())
    log = draw(logs(stream_source(pipeline)))
    deliveries = st.builds(
        Delivery,
        partition=st.integers(0, len(log) - 1),
        back=st.sampled_from([0, 0, 1, 2, 3]),
        count=st.integers(1, 5),
        torn=st.none() | st.none() | st.integers(0, 99),
    )
    collections = st.builds(
        Collection,
        which=st.integers(0, 20),
        meanwhile=st.none() | deliveries | st.integers(0, 20),
        changes=st.none() | st.integers(0, 6),
    )
    steps = draw(st.lists(deliveries | collections, min_size=5, max_size=12))
    return Story(pipeline, log, steps)
