"""Telemetry in one SQLite file, written by the ingestion endpoint and read by anyone."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from localazure.insights.envelopes import Item

_SCHEMA = Path(__file__).with_name("schema.sql")
_COLUMNS = (
    "time",
    "kind",
    "name",
    "message",
    "severity",
    "role",
    "operation_id",
    "properties",
    "raw",
)
_READ = ("id", *_COLUMNS[:-1])


@dataclass(frozen=True, slots=True)
class Query:
    """Which items to read: the newest ``limit`` that match all that is given.

    ``since`` is a UTC time in ISO 8601; ``after`` the id of an item that was read before.
    """

    kind: str | None = None
    name: str | None = None
    since: str | None = None
    after: int = 0
    limit: int = 100


class InsightsStore:
    """The writing side; safe to share between threads."""

    def __init__(self, path: Path, keep_days: int) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A crash of the machine may cost the last moments of telemetry, which is fair.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA.read_text(encoding="utf-8"))
        oldest = datetime.now(UTC) - timedelta(days=keep_days)
        with self._connection:
            self._connection.execute(
                "DELETE FROM items WHERE time < ?", (oldest.isoformat(timespec="microseconds"),)
            )

    def add(self, items: Sequence[Item]) -> None:
        """Keep ``items``, all or none."""
        rows = [
            (
                *(getattr(item, column) for column in _COLUMNS[:-2]),
                json.dumps(dict(item.properties), ensure_ascii=False),
                item.raw,
            )
            for item in items
        ]
        marks = ", ".join("?" * len(_COLUMNS))
        with self._lock, self._connection:
            self._connection.executemany(
                f"INSERT INTO items ({', '.join(_COLUMNS)}) VALUES ({marks})", rows
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def read_items(path: Path, query: Query) -> list[dict[str, Any]]:
    """Return what matches, oldest first, as JSON objects; works while nothing else runs."""
    if not path.exists():
        return []
    conditions, values = zip(*_conditions(query), strict=True)
    statement = (
        f"SELECT {', '.join(_READ)} FROM items WHERE {' AND '.join(conditions)} "
        "ORDER BY id DESC LIMIT ?"
    )
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(statement, (*values, query.limit)).fetchall()
    return [_as_object(dict(zip(_READ, row, strict=True))) for row in reversed(rows)]


def _conditions(query: Query) -> Iterator[tuple[str, str | int]]:
    yield "id > ?", query.after
    if query.kind:
        yield "kind = ?", query.kind
    if query.name:
        yield "name = ?", query.name
    if query.since:
        yield "time >= ?", query.since


def _as_object(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "properties": json.loads(row["properties"])}
