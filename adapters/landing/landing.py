"""Lands one batch: everything of it lies in the lake when `land` returns.

An Event Hub counts a batch as done when the function returns, also if it raises. So whatever is
wrong with an event goes into the quarantine, with the reason; what raises is the lake alone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from adapters.lake import Lake
from adapters.landing.arrived import Arrived
from adapters.landing.checking import Bad, check
from adapters.landing.files import File, by_interval, quarantine_files, raw_file, upload
from adapters.landing.touching import touched_by
from domain.errors import first_line
from domain.intervals import Interval
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource

LOGGER = logging.getLogger("windrow.landing")


@dataclass(frozen=True)
class Touched:
    """An interval whose scores may change, and how many new events were filed in it."""

    interval: Interval
    events: int


@dataclass(frozen=True)
class Landed:
    """What a batch came to. `late` are among `events`."""

    touched: tuple[Touched, ...]
    events: int
    late: int
    quarantined: int


def land(lake: Lake, pipeline: Pipeline, batch: Sequence[Arrived], now_us: int) -> Landed:
    """Persists a batch: events of one partition, in order.

    Doing it again, also with other boundaries, changes nothing that counts: files are named by what
    they hold, and an event by its partition, sequence number, position and arrival.

    Raises:
        LakeError, TransientError: not everything was written; do it again.
    """
    source = stream_of(pipeline)
    if not batch:
        return Landed((), 0, 0, 0)
    try:
        files, landed = _prepared(pipeline, source, batch, now_us)
    except Exception as error:  # a batch that is not persisted is lost
        first, last = batch[0], batch[-1]
        LOGGER.exception(
            "pipeline %s: partition %s, sequence numbers %d to %d go into the quarantine",
            pipeline.name,
            first.partition,
            first.sequence,
            last.sequence,
        )
        reason = f"{type(error).__name__}: {first_line(error)}"
        bad = [Bad(reason, arrived, 0, arrived.body) for arrived in batch]
        files, landed = quarantine_files(pipeline, bad), Landed((), 0, 0, len(bad))
    upload(lake, files, in_order=source.out_of_order is not None)
    return landed


def stream_of(pipeline: Pipeline) -> EventsSource:
    """The pipeline's stream. Raises TypeError if its source is none."""
    if not isinstance(pipeline.source, EventsSource):
        raise TypeError(f"pipeline {pipeline.name} has no stream but {pipeline.source.kind}")
    return pipeline.source


def touched_intervals(
    pipeline: Pipeline,
    source: EventsSource,
    filed: Mapping[Interval, pa.Table],
    now_us: int,
) -> tuple[Touched, ...]:
    """What good events, by the interval that they are filed in, touch; by time."""
    if not filed:
        return ()
    good = pa.concat_tables(filed.values())
    found = touched_by(
        good["effective_us"].to_pylist(),
        max(good["enqueued_us"].to_pylist()),
        pipeline,
        source,
        now_us,
    )
    return tuple(
        Touched(interval, filed[interval].num_rows if interval in filed else 0)
        for interval in sorted(found)
    )


def _prepared(
    pipeline: Pipeline, source: EventsSource, batch: Sequence[Arrived], now_us: int
) -> tuple[list[File], Landed]:
    checked = check(pipeline, source, batch)
    filed = by_interval(checked.good, source.every_us)
    # What overtook an event lies ahead of it: whoever finds the one must find the other.
    files = [raw_file(pipeline, interval, filed[interval]) for interval in sorted(filed)[::-1]]
    files += quarantine_files(pipeline, checked.bad)
    touched = touched_intervals(pipeline, source, filed, now_us)
    return files, Landed(touched, checked.good.num_rows, checked.late, len(checked.bad))
