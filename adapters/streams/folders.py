"""Lists the folders of a stream's intervals: which files count, and which events they hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from adapters.lake import Lake, LakeFile
from domain.intervals import Interval, labelled
from domain.raw_files import (
    COMPACTED,
    COMPACTED_NOTE,
    Coverage,
    RawFile,
    interval_folder,
    parse_name,
    stream_folder,
)

MOST_FOLDERS = 24
"""More intervals than this are listed by the day: one listing has up to 5,000 names."""

AT_ONCE = 8


@dataclass(frozen=True)
class Compaction:
    """The compacted file of an interval, by its path, and what it holds."""

    path: str
    events: int
    coverage: Coverage


@dataclass(frozen=True)
class IntervalFiles:
    """What counts of an interval: the compacted file, if there is one, and the small ones that it
    does not hold. `left_over` are small files that it does: they may be deleted. `orphans`
    are compacted files by name that do not count: somebody died before the note, or after it.
    `note_etag` is that of the note when it was listed; None if there was none."""

    interval: Interval
    folder: str
    compacted: Compaction | None
    small: tuple[RawFile, ...]
    left_over: tuple[RawFile, ...]
    orphans: tuple[str, ...] = field(default=(), compare=False)
    note_etag: str | None = field(default=None, compare=False)

    @property
    def coverage(self) -> Coverage:
        """Which events are there."""
        return Coverage.of(self.small, self.compacted.coverage if self.compacted else None)

    @property
    def events(self) -> int:
        """How many events are there; those that were delivered twice may be counted twice."""
        return sum(f.events for f in self.small) + (self.compacted.events if self.compacted else 0)

    @property
    def paths(self) -> list[str]:
        """What to read."""
        compacted = [self.compacted.path] if self.compacted else []
        return compacted + [self.folder + file.name for file in self.small]

    def new_events(self, known: Coverage) -> int | None:
        """How many events there are that `known` does not cover; None if it covers all files."""
        new = [file for file in self.small if not known.holds(file)]
        compacted = self.compacted
        if compacted is not None and not compacted.coverage.within(known):
            return sum(f.events for f in new) + compacted.events
        return sum(f.events for f in new) if new else None


def list_intervals(lake: Lake, pipeline: str, intervals: Sequence[Interval]) -> list[IntervalFiles]:
    """What has landed of the given intervals, in order; those without a file are left out.

    Raises LakeError and TransientError.
    """
    wanted = {interval.label: interval for interval in intervals}
    listed: dict[str, dict[str, LakeFile]] = {label: {} for label in wanted}
    for file in _listing(lake, pipeline, intervals):
        label, name = _parted(file.path, pipeline)
        if label in listed:
            listed[label][name] = file
    there = [label for label in wanted if listed[label]]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(
            pool.map(lambda label: _files(lake, pipeline, wanted[label], listed[label]), there)
        )


def list_days(lake: Lake, pipeline: str, every_us: int, days: Iterable[str]) -> list[Interval]:
    """The intervals that end on the given days (YYYY-MM-DD) and have at least one small file."""
    found: set[str] = set()
    for day in days:
        for file in lake.list(f"{stream_folder(pipeline)}interval={day}T"):
            label, name = _parted(file.path, pipeline)
            if parse_name(name) is not None:
                found.add(label)
    known = []
    for label in sorted(found):
        try:
            known.append(labelled(label, every_us))
        except ValueError:
            continue  # filed when `score_every` was another
    return known


def _listing(lake: Lake, pipeline: str, intervals: Sequence[Interval]) -> Iterator[LakeFile]:
    if len(intervals) <= MOST_FOLDERS:
        prefixes = [interval_folder(pipeline, interval) for interval in intervals]
    else:
        days = sorted({interval.label[:10] for interval in intervals})
        prefixes = [f"{stream_folder(pipeline)}interval={day}T" for day in days]
    for prefix in prefixes:
        yield from lake.list(prefix)


def _parted(path: str, pipeline: str) -> tuple[str, str]:
    """The interval's label and the name inside its folder."""
    inside = path.removeprefix(stream_folder(pipeline))
    found = re.match(r"interval=([^/]+)/(.*)", inside)
    return (found[1], found[2]) if found else ("", inside)


def _files(
    lake: Lake, pipeline: str, interval: Interval, listed: Mapping[str, LakeFile]
) -> IntervalFiles:
    folder = interval_folder(pipeline, interval)
    compacted, listed_note = None, listed.get(COMPACTED_NOTE)
    if listed_note is not None:
        note = lake.read_json(folder + COMPACTED_NOTE)
        coverage = Coverage.from_json(note["coverage"])
        compacted = Compaction(folder + note["file"], note["events"], coverage)
    counts = compacted.path if compacted else None
    small: list[RawFile] = []
    left_over: list[RawFile] = []
    for file in filter(None, map(parse_name, listed)):
        held = compacted is not None and compacted.coverage.holds(file)
        (left_over if held else small).append(file)
    return IntervalFiles(
        interval,
        folder,
        compacted,
        tuple(small),
        tuple(left_over),
        tuple(name for name in listed if COMPACTED.fullmatch(name) and folder + name != counts),
        listed_note.etag if listed_note else None,
    )
