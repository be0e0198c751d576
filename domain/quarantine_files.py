"""Events of a stream that were not taken: where they lie in the lake, and how each is named.

quarantine/pipeline=P/date=2026-01-01/
    partition=3/seq=1000-1999-2-1767225600123.parquet       what one batch had on that day
    replayed/1767225600123456-3-1004-0.json                 where an event went after its repair

The date is that of the arrival, in UTC. The name of a batch's file tells the first and the last
sequence number in it, how many events it has, and when the first arrived (milliseconds). An
event's id is its arrival (microseconds), partition, sequence number and position: it leads to the
few files that may hold it, and is the same wherever it was delivered again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from domain.windows import from_us

_FILE = re.compile(r"partition=([^/]+)/seq=(\d+)-(\d+)-(\d+)-(\d+)\.parquet")
# 17 digits of microseconds reach to the year 5138.
_ID = re.compile(r"(\d{1,17})-([0-9A-Za-z]{1,40})-(\d{1,19})-(\d{1,9})", re.ASCII)


@dataclass(frozen=True)
class EventId:
    """What an event of a stream is known by."""

    enqueued_us: int
    partition: str
    sequence: int
    position: int

    def __str__(self) -> str:
        return f"{self.enqueued_us}-{self.partition}-{self.sequence}-{self.position}"

    @property
    def day(self) -> date:
        """The day of its arrival, in UTC."""
        return arrival_date(self.enqueued_us)

    @property
    def order(self) -> tuple[date, str, int, int, int]:
        """How events are listed: by day and partition, and there as they came."""
        return (self.day, self.partition, self.sequence, self.enqueued_us, self.position)


def parse_id(text: str) -> EventId | None:
    """The id that `str` made of an EventId; None for anything else."""
    found = _ID.fullmatch(text)
    if found is None:
        return None
    return EventId(int(found[1]), found[2], int(found[3]), int(found[4]))


def arrival_date(enqueued_us: int) -> date:
    """The day of an arrival, in UTC."""
    return from_us(enqueued_us).date()


def day_folder(pipeline: str, day: date) -> str:
    """The events of one day, with a slash at the end."""
    return f"quarantine/pipeline={pipeline}/date={day.isoformat()}/"


@dataclass(frozen=True)
class QuarantineFile:
    """What one batch had; `name` is its path inside the day's folder."""

    name: str
    partition: str
    first: int
    last: int


def quarantine_file(
    partition: str, first: int, last: int, events: int, arrived_ms: int
) -> QuarantineFile:
    """The file of a batch: sequence numbers from `first` to `last`, both inclusive."""
    name = f"partition={partition}/seq={first}-{last}-{events}-{arrived_ms}.parquet"
    return QuarantineFile(name, partition, first, last)


def parse_name(name: str) -> QuarantineFile | None:
    """The file that a path inside the day's folder means; None for anything else."""
    found = _FILE.fullmatch(name)
    return QuarantineFile(name, found[1], int(found[2]), int(found[3])) if found else None


def replayed_folder(pipeline: str, day: date) -> str:
    """The notes about events of one day that were repaired, with a slash at the end."""
    return f"{day_folder(pipeline, day)}replayed/"


def replayed_note(pipeline: str, event: EventId) -> str:
    """The note about an event that was repaired."""
    return f"{replayed_folder(pipeline, event.day)}{event}.json"
