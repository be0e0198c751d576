"""Lists the events of a stream that were not taken, a page at a time.

An event that was delivered again, in batches with other boundaries, is in several files and listed
once. Files of a partition that overlap are read together; nothing else is held in memory.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.lake import Lake
from domain.errors import LakeError
from domain.pipeline import Pipeline
from domain.quarantine_files import (
    EventId,
    QuarantineFile,
    day_folder,
    parse_id,
    parse_name,
    replayed_folder,
    replayed_note,
)
from domain.windows import from_us


@dataclass(frozen=True)
class Quarantined:
    """An event that was not taken: why, its own bytes, and when it was taken after all."""

    event: EventId
    reason: str
    body: bytes
    replayed_at: datetime | None

    @property
    def id(self) -> str:
        """Its id, fit for an address."""
        return str(self.event)

    @property
    def enqueued(self) -> datetime:
        """When the Event Hub took it."""
        return from_us(self.event.enqueued_us)


@dataclass(frozen=True)
class Page:
    """Some events, by day of arrival, partition and sequence number. There may be more of them
    `after` an id; None: that was all."""

    entries: tuple[Quarantined, ...]
    after: str | None


def list_quarantined(
    lake: Lake,
    pipeline: Pipeline,
    *,
    first: date,
    last: date,
    reason: str | None = None,
    limit: int = 100,
    after: str | None = None,
) -> Page:
    """Events that arrived from `first` to `last` (UTC, both inclusive).

    Args:
        lake: Where they lie.
        pipeline: Whose they are.
        first, last: Days of arrival.
        reason: Only those with this text in their reason.
        limit: At most so many.
        after: Only those after this id: `Page.after` of the page before.

    Raises LakeError, also for an `after` that is no id, and TransientError.
    """
    start = None if after is None else _id(after)
    found = (
        (event, why, body)
        for event, why, body in _events(lake, pipeline, first, last, start)
        if reason is None or reason in why
    )
    page = list(islice(found, limit + 1))
    notes = _Notes(lake, pipeline)
    entries = tuple(Quarantined(*one, notes.replayed_at(one[0])) for one in page[:limit])
    return Page(entries, entries[-1].id if entries and len(page) > limit else None)


def find_quarantined(lake: Lake, pipeline: Pipeline, id: str) -> Quarantined:
    """The event with that id. Raises LakeError if it is not there, and TransientError."""
    wanted = _id(id)
    folder = f"{day_folder(pipeline.name, wanted.day)}partition={wanted.partition}/"
    for file in _files(lake, pipeline, wanted.day, folder):
        if file.first <= wanted.sequence <= file.last:
            for event, why, body in _read(lake, day_folder(pipeline.name, wanted.day), [file]):
                if event == wanted:
                    at = _Notes(lake, pipeline).replayed_at(event)
                    return Quarantined(event, why, body, at)
    raise LakeError(f"{id}: is not in the quarantine of pipeline {pipeline.name}")


def _id(text: str) -> EventId:
    found = parse_id(text)
    if found is None:
        raise LakeError(f"`id` must be that of an event in the quarantine; got {text[:120]!r}")
    return found


def _events(
    lake: Lake, pipeline: Pipeline, first: date, last: date, after: EventId | None
) -> Iterator[tuple[EventId, str, bytes]]:
    """All events in order; of days and files before `after`, nothing is read."""
    day = max(first, after.day) if after else first
    while day <= last:
        folder = day_folder(pipeline.name, day)
        for files in _overlapping(_files(lake, pipeline, day, f"{folder}partition=")):
            end = max(file.last for file in files)
            if after and (day, files[0].partition, end) < after.order[:3]:
                continue
            for one in _read(lake, folder, files):
                if after is None or one[0].order > after.order:
                    yield one
        day += timedelta(days=1)


def _files(lake: Lake, pipeline: Pipeline, day: date, prefix: str) -> list[QuarantineFile]:
    folder = day_folder(pipeline.name, day)
    names = (parse_name(file.path.removeprefix(folder)) for file in lake.list(prefix))
    return sorted(
        (file for file in names if file), key=lambda f: (f.partition, f.first, f.last, f.name)
    )


def _overlapping(files: Sequence[QuarantineFile]) -> Iterator[list[QuarantineFile]]:
    """Groups of files with sequence numbers in common."""
    group: list[QuarantineFile] = []
    end = -1
    for file in files:
        if group and (file.partition != group[0].partition or file.first > end):
            yield group
            group, end = [], -1
        group.append(file)
        end = max(end, file.last)
    if group:
        yield group


def _read(
    lake: Lake, folder: str, files: Sequence[QuarantineFile]
) -> list[tuple[EventId, str, bytes]]:
    found: dict[EventId, tuple[str, bytes]] = {}
    for file in files:
        for row in _rows(lake, folder + file.name):
            id = EventId(row["enqueued_us"], row["partition"], row["sequence"], row["position"])
            found.setdefault(id, (row["reason"], row["body"]))
    return [(id, *found[id]) for id in sorted(found, key=lambda id: id.order)]


def _rows(lake: Lake, path: str) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(lake.read_bytes(path))).to_pylist()
    except pa.ArrowException as error:
        raise LakeError(f"{path}: must be a parquet file: {error}") from error
    return rows


class _Notes:
    """The notes about events that were repaired; which there are, is listed once per day."""

    def __init__(self, lake: Lake, pipeline: Pipeline) -> None:
        self._lake, self._pipeline = lake, pipeline
        self._there: dict[date, set[str]] = {}

    def replayed_at(self, event: EventId) -> datetime | None:
        if event.day not in self._there:
            listed = self._lake.list(replayed_folder(self._pipeline.name, event.day))
            self._there[event.day] = {file.path for file in listed}
        path = replayed_note(self._pipeline.name, event)
        note = self._lake.read_json(path) if path in self._there[event.day] else {"at_us": None}
        return None if note["at_us"] is None else from_us(note["at_us"]).astimezone(UTC)
