"""What several writers read first, inside the transaction in which they write."""

import sqlite3

from localazure.durable.model import Instance
from localazure.durable.rows import INSTANCE_COLUMNS, read_instance


def find(connection: sqlite3.Connection, instance_id: str) -> Instance | None:
    """Return an instance."""
    row = connection.execute(
        f"SELECT {INSTANCE_COLUMNS} FROM instances WHERE instance_id = ?", (instance_id,)
    ).fetchone()
    return None if row is None else read_instance(row)


def history_texts(connection: sqlite3.Connection, instance_id: str) -> list[str]:
    """Return the history of an instance's present execution, each event as its JSON text."""
    rows = connection.execute(
        "SELECT event FROM history WHERE instance_id = ? ORDER BY seq", (instance_id,)
    )
    return [row[0] for row in rows]
