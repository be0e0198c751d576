"""What a log holds, as plain values; knows neither HTTP nor SQLite.

Times are whole milliseconds since 1970 in UTC, the precision that Event Hubs gives; ``iso`` shows
them and ``milliseconds`` reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

PropertyValue = str | int | float | bool

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class EventData:
    """An event as a sender hands it over."""

    body: bytes
    properties: Mapping[str, PropertyValue]
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as a consumer reads it."""

    sequence_number: int
    offset: str
    enqueued_ms: int
    partition_key: str | None
    properties: Mapping[str, PropertyValue]
    body: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Events of one partition in order, and the sequence number to go on with."""

    events: tuple[StoredEvent, ...]
    next: int


@dataclass(frozen=True, slots=True)
class PartitionState:
    """The events of a partition are ``first_sequence`` to ``next_sequence`` - 1, maybe none."""

    partition: int
    first_sequence: int
    next_sequence: int
    last_enqueued_ms: int | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last event of a partition that a consumer group is done with, and since when."""

    sequence_number: int
    offset: str
    updated_ms: int


def now_ms() -> int:
    """Return this machine's time."""
    return milliseconds(datetime.now(UTC))


def milliseconds(moment: datetime) -> int:
    """Return a moment in milliseconds since 1970; one without a zone is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MILLISECOND


def iso(time_ms: int) -> str:
    """Return a time as ``2026-01-01T00:00:00.000Z``."""
    moment = _EPOCH + time_ms * _MILLISECOND
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
