"""Opens the state file and hands out its two connections.

One connection writes, one reads: in WAL mode a status query does not wait for a turn's commit.
`synchronous=NORMAL` keeps every commit when the process dies; only a power cut may lose the last.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from localazure.durable.errors import StoreError

SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 10


class Database:
    """One SQLite file, shared by the engine's threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as on_failure:
            try:
                self._writer = on_failure.enter_context(contextlib.closing(_open(path)))
                _configure(self._writer)
                _prepare(self._writer, path)
                self._reader = on_failure.enter_context(contextlib.closing(_open(path)))
                _configure(self._reader)
            except sqlite3.Error as error:
                raise StoreError(f"The state file {path} cannot be used: {error}") from error
            on_failure.pop_all()
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Open the one transaction of a step; an exception undoes it."""
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Open one consistent look at what is committed."""
        with self._read_lock:
            self._reader.execute("BEGIN")
            try:
                yield self._reader
            finally:
                self._reader.execute("COMMIT")

    def close(self) -> None:
        """Close after the steps under way."""
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._writer.close()


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )


def _configure(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA cache_size=-32000")


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        schema = resources.files("localazure.durable").joinpath("schema.sql").read_text("utf-8")
        connection.executescript(
            f"BEGIN IMMEDIATE; {schema} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;"
        )
    elif version != SCHEMA_VERSION:
        raise StoreError(
            f"The state file {path} has version {version}; this engine reads {SCHEMA_VERSION}. "
            "Move it away to start with an empty one."
        )
