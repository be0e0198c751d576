"""Opens the state file and hands out its two connections.

One connection writes, one reads: in WAL mode a status query does not wait for a turn's commit.
`synchronous=NORMAL` keeps every commit when the process dies; only a power cut may lose the last.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from localazure.durable.errors import StoreError

FILE_NAME = "durable.sqlite3"
SCHEMA_VERSION = 2
BUSY_TIMEOUT_S = 10.0
COMPANIONS = ("", "-wal", "-shm")


class Database:
    """One SQLite file, shared by the engine's threads.

    A damaged file is moved aside, to `moved_to`, and an empty one takes its place.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.moved_to: Path | None = None
        self._busy_timeout_s = busy_timeout_s
        try:
            self._open(path)
        except sqlite3.OperationalError as error:
            raise StoreError(f"The state file {path} cannot be used: {error}") from error
        except sqlite3.DatabaseError:
            self.moved_to = _move_aside(path)
            self._open(path)
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Open the one transaction of a step; an exception undoes it."""
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                self._writer.rollback()
                raise

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Open one consistent look at what is committed."""
        with self._read_lock:
            self._reader.execute("BEGIN")
            try:
                yield self._reader
            finally:
                self._reader.rollback()

    def close(self) -> None:
        """Close after the steps under way."""
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._writer.close()

    def _open(self, path: Path) -> None:
        with contextlib.ExitStack() as on_failure:
            self._writer = on_failure.enter_context(contextlib.closing(self._connect(path)))
            _check(self._writer)
            _prepare(self._writer, path)
            self._reader = on_failure.enter_context(contextlib.closing(self._connect(path)))
            on_failure.pop_all()

    def _connect(self, path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(
            path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA cache_size=-32000")
        except BaseException:
            connection.close()
            raise
        return connection


def _check(connection: sqlite3.Connection) -> None:
    """Raise DatabaseError if pages are broken that no statement has touched yet."""
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _move_aside(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    moved = path.with_name(f"{path.name}.damaged-{stamp}")
    for ending in COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(moved.with_name(moved.name + ending))
    return moved


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables to this version, each step in a transaction of its own."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"The state file {path} has version {version}; this engine reads {SCHEMA_VERSION} and "
            "older. Use a newer localazure, or move the file away to start with an empty one."
        )
    if version == 0:
        _run(connection, "schema.sql", SCHEMA_VERSION)
        return
    for following in range(version + 1, SCHEMA_VERSION + 1):
        _run(connection, f"migrations/{following:04}.sql", following)


def _run(connection: sqlite3.Connection, script: str, version: int) -> None:
    text = resources.files("localazure.durable").joinpath(script).read_text("utf-8")
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {text} PRAGMA user_version={version}; COMMIT;")
    except BaseException:
        connection.rollback()
        raise
