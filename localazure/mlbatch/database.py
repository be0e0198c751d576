"""The SQLite file of the workspace: one schema, opened by each store that has tables in it."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

_SCHEMA = Path(__file__).with_name("schema.sql")


def open_database(path: Path) -> sqlite3.Connection:
    """Return a connection that commits by itself; for one thread, the event loop's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    # WAL with NORMAL loses nothing when a process is killed, and spares an fsync per commit.
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    columns = {row["name"] for row in db.execute("PRAGMA table_info(jobs)")}
    if columns and "compute" not in columns:
        # A file from before jobs knew their compute.
        db.execute("ALTER TABLE jobs ADD COLUMN compute TEXT NOT NULL DEFAULT 'local'")
    db.executescript(_SCHEMA.read_text(encoding="utf-8"))
    return db


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Make several statements one step: all of it is kept, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise
