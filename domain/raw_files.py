"""The files of a stream in the lake: their names tell which events they hold.

raw/pipeline=P/interval=2026-01-01T00-15-00Z/
    partition=3/seq=1000-1999-640-1767225600123.parquet   what one batch had for this interval
    partition=3/repaired=1004-0-5f2a9c31.parquet          an event that was repaired
    compacted-5f2a9c31d07e44b2.parquet                    many of them in one
    compacted.json                                        which of these counts, and what is in it

A batch of an Event Hub is a stretch of its partition's sequence numbers. So the file of a batch
holds all events from the first to the last number that it names which belong to the interval; the
same stretch that is delivered again has the same name, and overwrites the file. The number of
events and the arrival of the first (milliseconds) are in the name as well: the one saves opening
the file, the other tells two hubs apart that had the same name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domain.intervals import Interval

COMPACTED_NOTE = "compacted.json"
COMPACTED = re.compile(r"compacted-[0-9a-f]{16}\.parquet")
_LABEL = re.compile(r"/interval=([^/]+)/")
_BATCH = re.compile(r"partition=([^/]+)/seq=(\d+)-(\d+)-(\d+)-(\d+)\.parquet")
_REPAIRED = re.compile(r"partition=([^/]+)/repaired=(\d+)-(\d+)-([0-9a-f]{8})\.parquet")


def stream_folder(pipeline: str) -> str:
    """All landed events of a pipeline, with a slash at the end."""
    return f"raw/pipeline={pipeline}/"


def interval_folder(pipeline: str, interval: Interval) -> str:
    """What has landed of an interval, with a slash at the end."""
    return f"{stream_folder(pipeline)}interval={interval.label}/"


def label_of(path: str) -> str:
    """The label of the interval that a file of a stream belongs to."""
    found = _LABEL.search(path)
    if found is None:
        raise ValueError(f"{path} is not a file of a stream")
    return found[1]


@dataclass(frozen=True)
class RawFile:
    """A small file: what one batch, or one repair, brought for an interval.

    `name` is its path inside the interval's folder. A repaired event has `arrived_ms` None.
    """

    name: str
    partition: str
    first: int
    last: int
    events: int
    arrived_ms: int | None

    @property
    def is_repaired(self) -> bool:
        """Whether it holds an event that was repaired."""
        return self.arrived_ms is None


def batch_file(partition: str, first: int, last: int, events: int, arrived_ms: int) -> RawFile:
    """The file of a batch: sequence numbers from `first` to `last`, both inclusive."""
    name = f"partition={partition}/seq={first}-{last}-{events}-{arrived_ms}.parquet"
    return RawFile(name, partition, first, last, events, arrived_ms)


def repaired_file(partition: str, sequence: int, position: int, digest: str) -> RawFile:
    """The file of one repaired event; `digest` is 8 hexadecimal digits of its new body."""
    name = f"partition={partition}/repaired={sequence}-{position}-{digest}.parquet"
    return RawFile(name, partition, sequence, sequence, 1, None)


def parse_name(name: str) -> RawFile | None:
    """The small file that a path inside the interval's folder means; None for anything else."""
    if found := _BATCH.fullmatch(name):
        partition, first, last, events, arrived = found.groups()
        return RawFile(name, partition, int(first), int(last), int(events), int(arrived))
    if found := _REPAIRED.fullmatch(name):
        partition, sequence, _, _ = found.groups()
        return RawFile(name, partition, int(sequence), int(sequence), 1, None)
    return None


class Stretch(NamedTuple):
    """Sequence numbers from `first` to `last`, without a gap, and what is known of their arrival:
    that of the first, and that of `newest`, the greatest number of which it is known.

    Numbers and arrivals grow together. A hub that was made anew counts from 0 again, so a number
    that came at a time that does not fit is another event. Beyond `newest`, which is in the last
    batch alone, only those can be told that came too early.
    """

    first: int
    last: int
    first_ms: int
    newest: int
    newest_ms: int

    def fits(self, number: int, arrived_ms: int) -> bool:
        """Whether the event with that number and arrival may be one of these."""
        if number == self.first:
            return arrived_ms == self.first_ms
        if number == self.newest:
            return arrived_ms == self.newest_ms
        if number < self.newest:
            return self.first_ms <= arrived_ms <= self.newest_ms
        return arrived_ms >= self.newest_ms

    def has(self, other: Stretch) -> bool:
        """Whether all events of the other are in this one."""
        within = self.first <= other.first and other.last <= self.last
        return within and self._agrees(other)

    def joined(self, later: Stretch) -> Stretch | None:
        """Both as one, if they overlap or follow each other; `later` begins not before this one.
        A gap stays a gap: what lies in it may belong to the interval, and not have landed yet."""
        if later.first > self.last + 1 or not self._agrees(later):
            return None
        newest, newest_ms = max(self[3:], later[3:])
        return Stretch(self.first, max(self.last, later.last), self.first_ms, newest, newest_ms)

    def _agrees(self, other: Stretch) -> bool:
        return self.fits(other.first, other.first_ms) and self.fits(other.newest, other.newest_ms)


def _stretch(file: RawFile, arrived_ms: int) -> Stretch:
    return Stretch(file.first, file.last, arrived_ms, file.first, arrived_ms)


@dataclass(frozen=True)
class Coverage:
    """Which events some files hold, in a form that stays small: stretches per partition of a hub,
    and the names of repaired ones."""

    stretches: dict[str, tuple[Stretch, ...]] = field(default_factory=dict)
    repaired: frozenset[str] = frozenset()

    @classmethod
    def of(cls, files: Iterable[RawFile], also: Coverage | None = None) -> Coverage:
        """What `files` hold, and what `also` covers."""
        found: dict[str, list[Stretch]] = {}
        repaired = set(also.repaired) if also else set()
        for partition, stretches in (also.stretches if also else {}).items():
            found[partition] = list(stretches)
        for file in files:
            if file.arrived_ms is None:
                repaired.add(file.name)
            else:
                found.setdefault(file.partition, []).append(_stretch(file, file.arrived_ms))
        merged = {partition: _merged(stretches) for partition, stretches in found.items()}
        return cls(merged, frozenset(repaired))

    def holds(self, file: RawFile) -> bool:
        """Whether every event of the file is covered."""
        if file.arrived_ms is None:
            return file.name in self.repaired
        return self._has(file.partition, _stretch(file, file.arrived_ms))

    def within(self, other: Coverage) -> bool:
        """Whether everything that this covers, the other covers as well."""
        held = all(
            other._has(partition, stretch)
            for partition, stretches in self.stretches.items()
            for stretch in stretches
        )
        return held and self.repaired <= other.repaired

    def _has(self, partition: str, wanted: Stretch) -> bool:
        return any(one.has(wanted) for one in self.stretches.get(partition, ()))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types."""
        stretches = {p: [list(one) for one in found] for p, found in self.stretches.items()}
        return {"stretches": stretches, "repaired": sorted(self.repaired)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Coverage:
        """What `to_json` wrote."""
        stretches = {
            partition: tuple(Stretch(*map(int, one)) for one in found)
            for partition, found in data["stretches"].items()
        }
        return cls(stretches, frozenset(data["repaired"]))


def _merged(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """As few stretches as say the same."""
    merged: list[Stretch] = []
    for one in sorted(set(stretches)):
        for place, before in enumerate(merged):
            joined = before.joined(one)
            if joined is not None:
                merged[place] = joined
                break
        else:
            merged.append(one)
    return tuple(sorted(merged))
