"""The state file itself: old, new, damaged and locked ones."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localazure.durable import events
from localazure.durable.database import SCHEMA_VERSION
from localazure.durable.errors import StoreError
from localazure.durable.model import NewInstance
from localazure.durable.sqlite_store import SqliteStore

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SCHEMA_V1 = Path(__file__).with_name("schema_v1.sql")


def open_store(path: Path) -> "closing[SqliteStore]":
    """Open a store that does not wait long for others."""
    return closing(SqliteStore(path, busy_timeout_s=0.1))


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Describe tables with their columns, and indexes."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT type, name FROM sqlite_master ORDER BY name").fetchall()
        return {
            name: connection.execute(f"PRAGMA {kind}_info({name})").fetchall()
            for kind, name in names
        }


def test_an_old_file_is_brought_up_to_date(tmp_path: Path) -> None:
    """The tables are those of a new file, and the work in it is still to be done."""
    old, new = tmp_path / "old.sqlite3", tmp_path / "new.sqlite3"
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(SCHEMA_V1.read_text("utf-8") + "PRAGMA user_version=1;")
        connection.execute("INSERT INTO activities VALUES (7, 'i', 0, 'act', '1')")
        connection.commit()
    with open_store(old) as store, open_store(new):
        assert [(one.work_id, one.name) for one in store.unfinished().activities] == [(7, "act")]
    assert tables(old) == tables(new)
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    """The error names both versions."""
    path = tmp_path / "store.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(StoreError, match=f"has version 99; this engine reads {SCHEMA_VERSION}"):
        SqliteStore(path)
    assert tables(path) == {}


def test_something_that_is_no_database_is_kept_aside(tmp_path: Path) -> None:
    """Nothing of it is lost, and the store works."""
    path = tmp_path / "store.sqlite3"
    path.write_bytes(b"not a database" * 1000)
    with open_store(path) as store:
        assert store.moved_to is not None
        assert store.moved_to.read_bytes() == b"not a database" * 1000
        store.create(NewInstance("i", "orchestrator"), NOON)
    with open_store(path) as store:
        assert store.moved_to is None
        assert store.get("i") is not None


def test_a_damaged_page_is_noticed_at_the_start(tmp_path: Path) -> None:
    """Not only when a statement meets it; the damaged file is kept."""
    path = tmp_path / "store.sqlite3"
    with open_store(path) as store:
        for number in range(200):
            store.create(NewInstance(f"i{number}", "orchestrator", "x" * 500), NOON)
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 6] = b"\xff" * (4096 * 3)
    path.write_bytes(content)
    with open_store(path) as store:
        assert store.moved_to is not None
        assert store.moved_to.read_bytes() == bytes(content)
        assert store.get("i1") is None


def test_a_locked_file_is_told(tmp_path: Path) -> None:
    """It is not taken for a damaged one."""
    path = tmp_path / "store.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match=f"{path} cannot be used: database is locked"):
            SqliteStore(path, busy_timeout_s=0.1)
    assert [one.name for one in tmp_path.iterdir()] == ["store.sqlite3"]


def test_a_commit_that_meets_a_lock_changes_nothing(tmp_path: Path) -> None:
    """The next try finds the store as it was, and succeeds."""
    path = tmp_path / "store.sqlite3"
    with open_store(path) as store:
        store.create(NewInstance("i", "orchestrator"), NOON)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                store.post("i", events.event_raised(NOON, "go", "1"))
            other.execute("ROLLBACK")
        assert store.post("i", events.event_raised(NOON, "go", "1"))
        turn = store.load_turn("i", NOON)
        assert turn is not None
        assert len(turn.messages) == 2
