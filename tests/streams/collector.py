"""The app in small: batches are landed, touched intervals are looked at, run and compacted.

What orchestrations do in the app, a loop does here, with the app's own activities. It keeps count
of why intervals were run.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from activities.aggregate_windows import aggregate_windows
from activities.compact_interval import compact_interval
from activities.list_inputs import list_inputs
from activities.look_at_interval import look_at_interval
from activities.record_run import record_run
from adapters.lake import Lake
from adapters.landing import Arrived, land
from adapters.streams.folders import list_intervals
from domain import lake_paths
from domain.durations import microseconds
from domain.intervals import Interval, read_for
from domain.messages import (
    IntervalLook,
    IntervalOrder,
    Listing,
    RunRecord,
    RunRequest,
    SliceOrder,
)
from domain.pipeline import Pipeline
from domain.requests import utc_now
from domain.runs import RunStatus, Stage
from tests.streams.logs import stream_source


class EventId(NamedTuple):
    """What an event is known by."""

    partition: str
    sequence: int
    position: int


def nothing() -> None:
    """What happens by default in the middle of a run."""


class Collector:
    """One pipeline's stream, as the app takes it in. `pending` are the intervals that somebody
    collects: those that were touched, and not found complete since they are closed."""

    def __init__(self, pipeline: Pipeline, lake: Lake, now_us: int) -> None:
        self.pipeline, self.lake, self.now_us = pipeline, lake, now_us
        self.source = stream_source(pipeline)
        self.pending: set[Interval] = set()
        self.newest: dict[Interval, RunRequest] = {}
        self.needless: Counter[Interval] = Counter()
        self._read: dict[Interval, set[EventId]] = {}
        self._ids: dict[str, set[EventId]] = {}

    def land(self, batch: Sequence[Arrived]) -> None:
        """What the trigger does with a batch. Raises TransientError if the lake does."""
        self.now_us = max([self.now_us, *(one.enqueued_us for one in batch)])
        landed = land(self.lake, self.pipeline, batch, self.now_us)
        self.pending |= {touched.interval for touched in landed.touched}

    def is_closed(self, interval: Interval) -> bool:
        """Whether no event can be on time any more."""
        tolerance = microseconds(self.source.late_arrival.tolerance)
        return self.now_us >= interval.end_us + tolerance

    def collect(self, interval: Interval, meanwhile: Callable[[], None] = nothing) -> None:
        """What `collect_burst` does when it is time; `meanwhile` happens once, during the first
        run. An interval that is open, as in a burst, stays pending."""
        while (look := self._look(interval)).request is not None:
            self._run(interval, look.request, meanwhile)
            meanwhile = nothing
        if self.is_closed(interval):
            self.pending.discard(interval)

    def compact(self, interval: Interval) -> None:
        """What comes after that. If it fails, somebody has to come back."""
        self.pending.add(interval)
        compact_interval(self._order(interval).to_json())
        self.pending.discard(interval)

    def windows(self) -> dict[Interval, list[dict[str, Any]]]:
        """The windows of the newest run of every interval that has any, as in the reference."""
        found = {interval: self._windows(request) for interval, request in self.newest.items()}
        return {interval: windows for interval, windows in found.items() if windows}

    def _look(self, interval: Interval) -> IntervalLook:
        return IntervalLook.from_json(look_at_interval(self._order(interval).to_json()))

    def _run(self, interval: Interval, request: RunRequest, meanwhile: Callable[[], None]) -> None:
        """A run up to its windows."""
        reads = read_for(interval.start_us, interval.end_us, self.pipeline, self.source)
        ids = self._landed(reads)
        if interval in self._read and ids == self._read[interval]:
            self.needless[interval] += 1
        self._read[interval] = ids
        self._record(request, RunStatus.RUNNING)
        run = request.run
        listing = Listing.from_json(list_inputs(run.to_json()))
        meanwhile()
        for index in range(1, listing.slices + 1):
            aggregate_windows(SliceOrder(run=run, slice=index).to_json())
        self._record(request, RunStatus.COMPLETED)
        self.newest[interval] = request

    def _record(self, request: RunRequest, status: RunStatus) -> None:
        first = status is RunStatus.RUNNING
        record = RunRecord(
            run=request.run,
            status=status,
            stage=Stage.LISTING if first else Stage.ENDED,
            at=utc_now(),
            request=request if first else None,
        )
        record_run(record.to_json())

    def _order(self, interval: Interval) -> IntervalOrder:
        return IntervalOrder(pipeline=self.pipeline.name, interval=interval.label)

    def _landed(self, intervals: Sequence[Interval]) -> set[EventId]:
        """The events that lie in the lake for these intervals."""
        folders = list_intervals(self.lake, self.pipeline.name, intervals)
        return {id for files in folders for path in files.paths for id in self._ids_in(path)}

    def _ids_in(self, path: str) -> set[EventId]:
        if path not in self._ids:
            table = self._table(path)
            columns = [table[name].to_pylist() for name in EventId._fields]
            self._ids[path] = set(map(EventId, *columns))
        return self._ids[path]

    def _windows(self, request: RunRequest) -> list[dict[str, Any]]:
        run, found = request.run, []
        notes = lake_paths.written_note(run.pipeline, run.run_id, 0).removesuffix("00000.json")
        for note in self.lake.list(notes):
            for part in self.lake.read_json(note.path):
                table = self._table(part["path"])
                for name in ("window_start", "window_end"):
                    place = table.schema.get_field_index(name)
                    table = table.set_column(place, name, pc.cast(table[name], pa.int64()))
                found += table.to_pylist()
        return sorted(
            found, key=lambda row: (row["device"], row["window_end"], row["window_start"])
        )

    def _table(self, path: str) -> pa.Table:
        return pq.read_table(io.BytesIO(self.lake.read_bytes(path)))
