"""Streams that have landed in a lake in memory, for the tests of what is done with them."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable

import pyarrow.parquet as pq

from adapters.lake import Lake
from adapters.landing import land
from adapters.streams.folders import IntervalFiles
from domain.intervals import Interval, interval_of
from domain.pipeline import Pipeline
from tests.adapters.landing.streams import HOUR, MINUTE, NOON, SECOND, arrived, event, stream

QUARTER = 15 * MINUTE
Id = tuple[str, int, int]


def quarter(minutes: int) -> Interval:
    """The interval of a quarter of an hour that holds so many minutes after noon."""
    return interval_of(NOON + minutes * MINUTE, QUARTER)


def patient() -> Pipeline:
    """A stream by the quarter of an hour in which hardly anything is late or early."""
    return stream({"late_arrival": {"tolerance": "2d"}, "early_arrival": "2d"})


def landed(
    lake: Lake, pipeline: Pipeline, minutes: Iterable[float], first: int = 100, partition: str = "3"
) -> None:
    """Lands one batch: an event for each time, in minutes after noon, numbered from `first`."""
    land(
        lake,
        pipeline,
        [
            arrived(
                event(NOON + int(at * MINUTE)),
                first + n,
                NOON + HOUR + (first + n) * SECOND,
                partition,
            )
            for n, at in enumerate(minutes)
        ],
        NOON,
    )


def ids_in(lake: Lake, paths: Iterable[str]) -> Counter[Id]:
    """The events in some files, by how often they lie there."""
    found: Counter[Id] = Counter()
    for path in paths:
        table = pq.read_table(io.BytesIO(lake.read_bytes(path)))
        columns = (table[name].to_pylist() for name in ("partition", "sequence", "position"))
        found.update(zip(*columns, strict=True))
    return found


def names(files: Iterable[IntervalFiles]) -> list[list[str]]:
    """The small files of each interval, by their sequence numbers."""
    return [[f"{small.first}-{small.last}" for small in one.small] for one in files]
