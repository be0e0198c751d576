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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.intervals import Interval

COMPACTED_NOTE = "compacted.json"
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


@dataclass(frozen=True)
class Coverage:
    """Which events some files hold, in a form that stays small: stretches per partition of a hub,
    and the names of repaired ones.

    `stretches` maps a partition to sorted, disjoint (first, last) with the arrival of the first
    event in milliseconds, so that numbers of a hub that was made anew are not mistaken.
    """

    stretches: dict[str, tuple[tuple[int, int, int], ...]] = field(default_factory=dict)
    repaired: frozenset[str] = frozenset()

    @classmethod
    def of(cls, files: Iterable[RawFile], also: Coverage | None = None) -> Coverage:
        """What `files` hold, and what `also` covers."""
        found: dict[str, list[tuple[int, int, int]]] = {}
        repaired = set(also.repaired) if also else set()
        for partition, stretches in (also.stretches if also else {}).items():
            found[partition] = list(stretches)
        for file in files:
            if file.arrived_ms is None:
                repaired.add(file.name)
            else:
                stretch = (file.first, file.last, file.arrived_ms)
                found.setdefault(file.partition, []).append(stretch)
        merged = {partition: _merged(stretches) for partition, stretches in found.items()}
        return cls(merged, frozenset(repaired))

    def holds(self, file: RawFile) -> bool:
        """Whether every event of the file is covered."""
        if file.arrived_ms is None:
            return file.name in self.repaired
        arrived = file.arrived_ms
        return any(
            first <= file.first and file.last <= last and (file.first > first or arrived == at)
            for first, last, at in self.stretches.get(file.partition, ())
        )

    def within(self, other: Coverage) -> bool:
        """Whether everything that this covers, the other covers as well."""
        held = all(
            other.holds(RawFile("", partition, first, last, 0, at))
            for partition, stretches in self.stretches.items()
            for first, last, at in stretches
        )
        return held and self.repaired <= other.repaired

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types."""
        stretches = {p: [list(one) for one in found] for p, found in self.stretches.items()}
        return {"stretches": stretches, "repaired": sorted(self.repaired)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Coverage:
        """What `to_json` wrote."""
        stretches = {
            partition: tuple((int(a), int(b), int(at)) for a, b, at in found)
            for partition, found in data["stretches"].items()
        }
        return cls(stretches, frozenset(data["repaired"]))


def _merged(stretches: Sequence[tuple[int, int, int]]) -> tuple[tuple[int, int, int], ...]:
    """Stretches that overlap or follow each other as one. A gap stays a gap: what lies in it may
    belong to the interval, and not have landed yet."""
    merged: list[tuple[int, int, int]] = []
    for first, last, at in sorted(set(stretches)):
        if merged and first <= merged[-1][1] + 1 and at >= merged[-1][2]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]), merged[-1][2])
        else:
            merged.append((first, last, at))
    return tuple(merged)
