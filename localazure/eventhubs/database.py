"""Opens the log's file and hands out its two connections.

One connection writes, one reads: in WAL mode consumers do not wait for senders.
`synchronous=NORMAL` keeps every commit when the process is killed; only a power cut may lose the
last ones.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from localazure.errors import LocalAzureError

_SCHEMA = Path(__file__).with_name("schema.sql")
_SCHEMA_VERSION = 1
_BUSY_TIMEOUT_S = 10


class Database:
    """One SQLite file, shared by the server's threads.

    Raises:
        LocalAzureError: if the file cannot be opened, or another version has written it.
    """

    def __init__(self, path: Path) -> None:
        with contextlib.ExitStack() as on_failure:
            try:
                self._writer = on_failure.enter_context(contextlib.closing(_open(path)))
                _prepare(self._writer, path)
                self._reader = on_failure.enter_context(contextlib.closing(_open(path)))
            except sqlite3.Error as error:
                raise LocalAzureError(f"the event log {path} cannot be used: {error}") from error
            on_failure.pop_all()
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that is wholly in the file afterwards, or, on an exception, not."""
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                # SQLite itself has ended the transaction if, say, the disk is full.
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

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
    connection = sqlite3.connect(
        path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        schema = _SCHEMA.read_text(encoding="utf-8")
        connection.executescript(
            f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;"
        )
    elif version != _SCHEMA_VERSION:
        raise LocalAzureError(
            f"the event log {path} must have version {_SCHEMA_VERSION}; got {version}. "
            "Move it away to start with an empty one."
        )
