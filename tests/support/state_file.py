"""A look into the state file of the durable engine, from outside, while a host may be at work.

Nothing is kept open between two looks: the next host must find the file as the killed one left it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localazure.durable.database import FILE_NAME

ENDED = {"Completed", "Failed", "Terminated"}
WORK = ("messages", "activities", "timers")


@dataclass(frozen=True)
class StoredInstance:
    """An instance with the history of its current execution; `output` is what the JSON says."""

    instance_id: str
    name: str
    status: str
    output: Any
    history: list[dict[str, Any]]


def messages_sent(state: Path) -> int:
    """How many events have been on their way to instances, ever: what grows with each step."""
    try:
        with _reading(state) as connection:
            row = connection.execute(
                "SELECT seq FROM sqlite_sequence WHERE name = 'messages'"
            ).fetchone()
    except sqlite3.OperationalError:
        return 0  # there is no file yet, or a host is just repairing it
    return int(row[0]) if row else 0


def has_ended(state: Path, instance_id: str) -> bool:
    """Whether nothing will happen to an instance any more."""
    try:
        with _reading(state) as connection:
            row = connection.execute(
                "SELECT status FROM instances WHERE instance_id = ?", (instance_id,)
            ).fetchone()
    except sqlite3.OperationalError:
        return False
    return row is not None and row[0] in ENDED


def left_over(state: Path) -> dict[str, int]:
    """How many rows there are of work that is not done, by table; only tables that have some."""
    with _reading(state) as connection:
        counts = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in WORK
        }
    return {table: count for table, count in counts.items() if count}


def read_instances(state: Path) -> list[StoredInstance]:
    """All instances, by id."""
    with _reading(state) as connection:
        rows = connection.execute(
            "SELECT instance_id, name, status, output FROM instances ORDER BY instance_id"
        ).fetchall()
        return [
            StoredInstance(
                instance_id,
                name,
                status,
                json.loads(output or "null"),
                _history(connection, instance_id),
            )
            for instance_id, name, status, output in rows
        ]


def integrity(file: Path) -> str:
    """What SQLite says about a file: `ok`."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return "\n".join(row[0] for row in connection.execute("PRAGMA integrity_check"))


def _history(connection: sqlite3.Connection, instance_id: str) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT seq, event FROM history WHERE instance_id = ? ORDER BY seq", (instance_id,)
    ).fetchall()
    assert [row[0] for row in rows] == list(range(len(rows))), instance_id
    return [json.loads(row[1]) for row in rows]


@contextlib.contextmanager
def _reading(state: Path) -> Iterator[sqlite3.Connection]:
    file = f"{(state / FILE_NAME).as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(file, uri=True, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        yield connection
