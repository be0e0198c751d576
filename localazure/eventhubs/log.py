"""The log in SQLite: appends batches, reads pages, keeps checkpoints, lets old events go.

It stands apart from ``broker`` because it is synchronous and safe to share between threads.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from localazure.config import EventHub
from localazure.errors import LocalAzureError
from localazure.eventhubs.database import Database
from localazure.eventhubs.model import (
    Checkpoint,
    EventData,
    Page,
    PartitionState,
    StoredEvent,
    now_ms,
)
from localazure.eventhubs.queries import checkpoints_of, partitions_of

_HOUR_MS = 3_600_000
# Offsets grow by what an event takes, at least by this, so that empty events have different ones.
_OVERHEAD_BYTES = 32


class EventLog:
    """The events of ``hubs``, in the file at ``path``; ``clock`` gives milliseconds since 1970.

    Events older than their hub's retention are dropped at once. What the file holds of hubs that
    are no longer configured stays, unseen.

    Raises:
        LocalAzureError: if the file cannot be used, or a hub has more partitions in it than now.
    """

    def __init__(
        self, path: Path, hubs: Mapping[str, EventHub], clock: Callable[[], int] = now_ms
    ) -> None:
        self._hubs = hubs
        self._clock = clock
        self._database = Database(path)
        try:
            with self._database.write() as connection:
                _keep_configuration(connection, hubs)
            self.expire()
        except BaseException:
            self._database.close()
            raise

    def append(
        self,
        hub: str,
        partition: int,
        events: Sequence[EventData],
        *,
        partition_key: str | None = None,
        enqueued_ms: int | None = None,
    ) -> int:
        """Add events at the end of a partition, all or none; return the next sequence number.

        They are in the file when this returns. ``enqueued_ms`` is their time instead of the
        clock's; a time before that of the partition's newest event is raised to it.
        """
        with self._database.write() as connection:
            log_id, sequence, position, last = connection.execute(
                "SELECT log_id, next_sequence, next_offset, last_enqueued FROM partitions "
                "WHERE hub = ? AND partition = ?",
                (hub, partition),
            ).fetchone()
            arrived = self._clock()
            enqueued = arrived if enqueued_ms is None else enqueued_ms
            enqueued = enqueued if last is None else max(enqueued, last)
            rows = []
            for event in events:
                rows.append(
                    (
                        *(log_id, sequence, position, enqueued, arrived, partition_key),
                        json.dumps(dict(event.properties), ensure_ascii=False),
                        *(event.content_type, event.body),
                    )
                )
                sequence += 1
                position += len(event.body) + _OVERHEAD_BYTES
            connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            connection.execute(
                "UPDATE partitions SET next_sequence = ?, next_offset = ?, last_enqueued = ? "
                "WHERE log_id = ?",
                (sequence, position, enqueued, log_id),
            )
        return int(sequence)

    def read(self, hub: str, partition: int, first: int, limit: int, max_bytes: int) -> Page:
        """Return at most ``limit`` events from the sequence number ``first`` on.

        Starts at the first event that is kept, if ``first`` is before it. The bodies of a page
        have ``max_bytes`` together, unless one event alone has more.
        """
        with self._database.read() as connection:
            log_id, next_sequence = connection.execute(
                "SELECT log_id, next_sequence FROM partitions WHERE hub = ? AND partition = ?",
                (hub, partition),
            ).fetchone()
            rows = connection.execute(
                "SELECT sequence_number, position, enqueued, partition_key, properties, body "
                "FROM events WHERE log_id = ? AND sequence_number >= ? "
                "ORDER BY sequence_number LIMIT ?",
                (log_id, first, limit),
            )
            events = _events(rows, max_bytes)
        following = events[-1].sequence_number + 1 if events else max(first, next_sequence)
        return Page(events, following)

    def partitions(self, hub: str) -> list[PartitionState]:
        """Return what the partitions of a configured hub hold."""
        with self._database.read() as connection:
            return partitions_of(connection, hub)

    def checkpoints(self, hub: str, group: str) -> dict[int, Checkpoint]:
        """Return the checkpoints of a consumer group by partition."""
        with self._database.read() as connection:
            return checkpoints_of(connection, hub, group)

    def set_checkpoint(
        self, hub: str, group: str, partition: int, sequence_number: int, offset: str
    ) -> None:
        """Keep a checkpoint instead of what was there; it is in the file when this returns."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?)",
                (hub, group, partition, sequence_number, offset, self._clock()),
            )

    def expire(self) -> int:
        """Drop the events that arrived longer ago than their hub keeps them; return how many.

        By arrival and not by enqueued time, so that a simulation may replay an old day.
        """
        dropped = 0
        for hub, settings in self._hubs.items():
            oldest = self._clock() - settings.retention_hours * _HOUR_MS
            for partition in range(settings.partitions):
                with self._database.write() as connection:
                    dropped += _drop(connection, hub, partition, oldest)
        return dropped

    def close(self) -> None:
        """Release the file."""
        self._database.close()


def _keep_configuration(connection: sqlite3.Connection, hubs: Mapping[str, EventHub]) -> None:
    connection.execute("DELETE FROM hubs")
    for name, hub in hubs.items():
        connection.execute(
            "INSERT INTO hubs VALUES (?, ?)", (name, json.dumps(hub.consumer_groups))
        )
        connection.executemany(
            "INSERT OR IGNORE INTO partitions (hub, partition) VALUES (?, ?)",
            [(name, partition) for partition in range(hub.partitions)],
        )
        (kept,) = connection.execute(
            "SELECT COUNT(*) FROM partitions WHERE hub = ?", (name,)
        ).fetchone()
        if kept > hub.partitions:
            raise LocalAzureError(
                f"event_hubs.hubs.{name}.partitions must not become less than {kept}, which the "
                f"state folder has events of; got {hub.partitions}. Keep {kept}, or start anew "
                "with `python -m localazure reset`."
            )


def _events(
    rows: Iterable[tuple[int, int, int, str, str, bytes]], limit: int
) -> tuple[StoredEvent, ...]:
    events: list[StoredEvent] = []
    size = 0
    for sequence_number, position, enqueued, key, properties, body in rows:
        size += len(body)
        if events and size > limit:
            break
        events.append(
            StoredEvent(sequence_number, str(position), enqueued, key, json.loads(properties), body)
        )
    return tuple(events)


def _drop(connection: sqlite3.Connection, hub: str, partition: int, oldest: int) -> int:
    """Drop the events before the first one that is young enough."""
    log_id, next_sequence = connection.execute(
        "SELECT log_id, next_sequence FROM partitions WHERE hub = ? AND partition = ?",
        (hub, partition),
    ).fetchone()
    young = connection.execute(
        "SELECT sequence_number FROM events WHERE log_id = ? AND arrived >= ? "
        "ORDER BY sequence_number LIMIT 1",
        (log_id, oldest),
    ).fetchone()
    return connection.execute(
        "DELETE FROM events WHERE log_id = ? AND sequence_number < ?",
        (log_id, young[0] if young else next_sequence),
    ).rowcount
