"""The files that a batch becomes: good events by interval, bad ones in the quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.lake import Lake
from adapters.landing.checking import Bad
from domain.intervals import Interval, interval_of
from domain.pipeline import Pipeline
from domain.quarantine_files import arrival_date, day_folder, quarantine_file
from domain.raw_files import batch_file, interval_folder

AT_ONCE = 8
QUARANTINE = pa.schema(
    {
        "reason": pa.string(),
        "partition": pa.string(),
        "sequence": pa.int64(),
        "position": pa.int32(),
        "enqueued_us": pa.int64(),
        "body": pa.binary(),
    }
)


@dataclass(frozen=True)
class File:
    """A file for the lake: its path and its bytes."""

    path: str
    body: bytes


def by_interval(good: pa.Table, every_us: int) -> dict[Interval, pa.Table]:
    """The good events by the interval that holds their effective time."""
    places: dict[Interval, list[int]] = {}
    ends: dict[int, Interval] = {}
    for place, us in enumerate(good["effective_us"].to_pylist()):
        interval = interval_of(us, every_us)
        places.setdefault(ends.setdefault(interval.end_us, interval), []).append(place)
    return {interval: good.take(pa.array(rows)) for interval, rows in sorted(places.items())}


def raw_file(pipeline: Pipeline, interval: Interval, events: pa.Table) -> File:
    """What a batch has for an interval."""
    sequences = events["sequence"].to_pylist()
    [partition] = set(events["partition"].to_pylist())
    arrived = events["enqueued_us"][sequences.index(min(sequences))].as_py()
    file = batch_file(partition, min(sequences), max(sequences), len(sequences), arrived // 1_000)
    return File(interval_folder(pipeline.name, interval) + file.name, parquet(events))


def quarantine_files(pipeline: Pipeline, bad: Sequence[Bad]) -> list[File]:
    """What a batch has for the quarantine: one file, or two if midnight passed meanwhile."""
    ordered = sorted(bad, key=lambda one: (one.arrived.sequence, one.position))
    days = groupby(ordered, key=lambda one: arrival_date(one.arrived.enqueued_us))
    return [_quarantine_file(day_folder(pipeline.name, day), list(of_day)) for day, of_day in days]


def _quarantine_file(folder: str, bad: Sequence[Bad]) -> File:
    first, last = bad[0].arrived, bad[-1].arrived
    file = quarantine_file(
        first.partition, first.sequence, last.sequence, len(bad), first.enqueued_us // 1_000
    )
    columns = {
        "reason": [_utf8(one.reason) for one in bad],
        "partition": [one.arrived.partition for one in bad],
        "sequence": [one.arrived.sequence for one in bad],
        "position": [one.position for one in bad],
        "enqueued_us": [one.arrived.enqueued_us for one in bad],
        "body": [one.body for one in bad],
    }
    return File(folder + file.name, parquet(pa.table(columns, QUARANTINE)))


def _utf8(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def parquet(table: pa.Table) -> bytes:
    """A small table as the bytes of a parquet file (zstd)."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())


def upload(lake: Lake, files: Iterable[File], *, in_order: bool = False) -> None:
    """Writes files, several at once or one after the other. Raises LakeError and TransientError."""
    todo = list(files)
    if in_order or len(todo) < 2:
        for file in todo:
            lake.write_bytes(file.path, file.body)
        return
    with ThreadPoolExecutor(min(AT_ONCE, len(todo))) as pool:
        for _ in pool.map(lambda file: lake.write_bytes(file.path, file.body), todo):
            pass
