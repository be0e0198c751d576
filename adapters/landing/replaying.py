"""Takes an event out of the quarantine after all: repaired, or as it was under changed rules.

The event keeps its identity (partition, sequence number, position, arrival), and the time policy
still goes by its first arrival. A note beside the quarantine says where the event was filed, so
that a second repair replaces the first:

1. Write the note with the files of both repairs, not yet marked as done.
2. Delete the files of the first that are not among those of the second; write the new ones.
3. Write the note with the new files alone.

It may end at any line, and be done again with any body.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from adapters.lake import Lake
from adapters.landing.arrived import Arrived
from adapters.landing.bodies import records
from adapters.landing.checking import check_records
from adapters.landing.files import File, by_interval, parquet, upload
from adapters.landing.landing import Landed, Touched, stream_of, touched_intervals
from adapters.landing.quarantine import find_quarantined
from adapters.landing.touching import touched_by
from domain.intervals import Interval
from domain.pipeline import Pipeline
from domain.quarantine_files import EventId, replayed_note
from domain.raw_files import interval_folder, repaired_file


@dataclass(frozen=True)
class StillBad:
    """Nothing was written, for these reasons."""

    reasons: tuple[str, ...]


def replay(
    lake: Lake, pipeline: Pipeline, id: str, body: bytes | None, now_us: int
) -> Landed | StillBad:
    """Takes one event of the quarantine.

    Args:
        lake: Where it lies.
        pipeline: Whose it is, with the rules of today.
        id: `Quarantined.id`.
        body: The repaired body, with exactly one record; None: the one that lies there. That may
            have many, if it was put away whole.
        now_us: The present.

    Returns:
        What landed. If a repair before was filed in another interval, that is touched as well.

    Raises LakeError for an id that is not in the quarantine, and TransientError.
    """
    source = stream_of(pipeline)
    kept = find_quarantined(lake, pipeline, id)
    event, given = kept.event, kept.body if body is None else body
    found = records(given)
    if not found or (body is not None and len(found) != 1):
        return StillBad((f"the repaired body must have exactly one event; got {len(found)}",))
    arrived = Arrived(event.partition, event.sequence, event.enqueued_us, given)
    placed = [(arrived, event.position + number, one) for number, one in enumerate(found)]
    checked = check_records(pipeline, source, placed)
    if checked.bad:
        return StillBad(tuple(bad.reason for bad in checked.bad))

    filed = by_interval(checked.good, source.every_us)
    digest = hashlib.sha256(given).hexdigest()[:8]
    files = [
        _file(pipeline, interval, event, digest, events.slice(row, 1))
        for interval, events in filed.items()
        for row in range(events.num_rows)
    ]
    note = _Note(lake, pipeline, event)
    compacted = note.compacted_without({file.path for file, _ in files})
    if compacted:
        return StillBad((compacted,))
    note.replace(files, now_us)

    touched = {one.interval: one for one in touched_intervals(pipeline, source, filed, now_us)}
    before = touched_by(note.before_us, event.enqueued_us, pipeline, source, now_us)
    for interval in before - set(touched):
        touched[interval] = Touched(interval, 0)
    return Landed(tuple(touched[i] for i in sorted(touched)), len(files), checked.late, 0)


def _file(
    pipeline: Pipeline, interval: Interval, event: EventId, digest: str, row: pa.Table
) -> tuple[File, int]:
    """The file of one event, and its effective time."""
    position = row["position"][0].as_py()
    named = repaired_file(event.partition, event.sequence, position, digest)
    path = interval_folder(pipeline.name, interval) + named.name
    return File(path, parquet(row)), row["effective_us"][0].as_py()


class _Note:
    """What is known of the repairs of one event.

    As JSON: `at_us` (null while a repair is under way), and `files`: path and effective time.
    """

    def __init__(self, lake: Lake, pipeline: Pipeline, event: EventId) -> None:
        self._lake = lake
        self._path = replayed_note(pipeline.name, event)
        found: dict[str, Any] = lake.find_json(self._path) or {"at_us": None, "files": {}}
        self._done = found["at_us"] is not None
        self._files: dict[str, int] = found["files"]

    @property
    def before_us(self) -> list[int]:
        """The effective times under which repairs before were filed."""
        return list(self._files.values())

    def compacted_without(self, paths: set[str]) -> str | None:
        """Why the repair before cannot be replaced: it is part of a larger file by now."""
        for path in self._files:
            if self._done and path not in paths and not self._lake.exists(path):
                return (
                    "the event was repaired before with another body, and the repair was scored "
                    "and compacted: it cannot be replaced any more"
                )
        return None

    def replace(self, files: Sequence[tuple[File, int]], now_us: int) -> None:
        """Files the repair in place of those before."""
        new = {file.path: us for file, us in files}
        self._lake.write_json(self._path, {"at_us": None, "files": {**self._files, **new}})
        for path in self._files:
            if path not in new:
                self._lake.delete(path)
        upload(self._lake, [file for file, _ in files])
        self._lake.write_json(self._path, {"at_us": now_us, "files": new})
