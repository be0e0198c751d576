"""Checkpoints of hubs that are not in the local cloud, in one SQLite file of the host's state.

In Azure they are blobs of the host's storage account; here they belong to this laptop.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from localazure.functions_host.event_hubs.events import Checkpoint, Place

SCHEMA = """
CREATE TABLE IF NOT EXISTS checkpoints (
    namespace TEXT, hub TEXT, consumer_group TEXT, partition TEXT,
    sequence_number INTEGER NOT NULL, offset TEXT NOT NULL, updated TEXT NOT NULL,
    PRIMARY KEY (namespace, hub, consumer_group, partition)
)
"""


class CheckpointFile:
    """The checkpoints of one place; names ignore case, as in Event Hubs."""

    def __init__(self, path: Path, place: Place) -> None:
        self._path = path
        self._key = tuple(
            one.casefold() for one in (place.namespace, place.hub, place.consumer_group)
        )

    def load(self) -> dict[str, Checkpoint]:
        """Return the checkpoint of each partition that has one."""
        query = (
            "SELECT partition, sequence_number, offset FROM checkpoints "
            "WHERE namespace = ? AND hub = ? AND consumer_group = ?"
        )
        with closing(self._open()) as database:
            rows = database.execute(query, self._key).fetchall()
        return {partition: Checkpoint(number, offset) for partition, number, offset in rows}

    def save(self, partition: str, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        row = (
            *(*self._key, partition),
            *(checkpoint.sequence_number, checkpoint.offset, datetime.now(UTC).isoformat()),
        )
        with closing(self._open()) as database, database:
            database.execute("INSERT OR REPLACE INTO checkpoints VALUES (?,?,?,?,?,?,?)", row)

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path)
        database.execute(SCHEMA)
        return database
