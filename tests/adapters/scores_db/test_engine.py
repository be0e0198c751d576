"""Connecting: identity for Azure SQL, durability for SQLite."""

from __future__ import annotations

import struct
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from sqlalchemy import text

from adapters.scores_db import ScoresDb
from adapters.scores_db.engine import open_engine, open_source, token_bytes
from domain.errors import ScoresDbError, SourceError

SERVER = "mssql+pyodbc://server.database.windows.net/scores?driver=ODBC+Driver+18+for+SQL+Server"


class Identity:
    """Hands out tokens, and remembers for what."""

    def __init__(self) -> None:
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        """A token that tells how often it was asked for."""
        self.scopes += scopes
        return AccessToken(f"token-{len(self.scopes)}", 0)


class StopError(Exception):
    """Raised in place of connecting."""


class Driver(types.ModuleType):
    """Stands where pyodbc would be: it needs a system library, and tells what it is given."""

    version, paramstyle = "5.5.0", "qmark"
    Error, Cursor = type("Error", (Exception,), {}), type("Cursor", (), {})

    def __init__(self) -> None:
        super().__init__("pyodbc")
        self.given: tuple[str, dict[str, Any]] = ("", {})

    def connect(self, connection_string: str, **options: Any) -> None:
        """Remembers what it is given, and goes no further."""
        self.given = (connection_string, options)
        raise StopError

    def __getattr__(self, name: str) -> int:
        if name.startswith("SQL_"):
            return 0
        raise AttributeError(name)


def connecting(url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, dict[str, Any], Identity]:
    """What the driver is given for a URL: connection string, options, and who was asked."""
    identity, driver = Identity(), Driver()
    monkeypatch.setitem(sys.modules, "pyodbc", driver)
    engine = open_engine(url, identity, ScoresDbError)
    with pytest.raises(StopError):
        engine.connect()
    return *driver.given, identity


def test_azure_sql_is_entered_with_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL without a user means the app's identity, asked anew for each connection."""
    string, options, identity = connecting(SERVER, monkeypatch)
    assert identity.scopes == ["https://database.windows.net/.default"]
    assert options["attrs_before"] == {1256: token_bytes("token-1")}
    assert options["timeout"] == 30
    assert "Trusted_Connection" not in string


@pytest.mark.parametrize(
    "url",
    [
        "mssql+pyodbc://sa:secret@localhost/scores?driver=ODBC+Driver+18+for+SQL+Server",
        f"{SERVER}&Authentication=ActiveDirectoryMsi",
        "mssql+pyodbc:///?odbc_connect=Driver%3Dx%3BServer%3Dy%3BUID%3Dsa%3BPWD%3Dz",
    ],
)
def test_a_url_that_says_who_is_taken_at_its_word(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """A real SQL Server on a laptop may be entered with a user's name."""
    _, options, identity = connecting(url, monkeypatch)
    assert identity.scopes == []
    assert "attrs_before" not in options


def test_the_token_has_the_drivers_form() -> None:
    """Four bytes of length, little-endian, then UTF-16."""
    packed = token_bytes("aé")
    assert packed == b"\x04\x00\x00\x00a\x00\xe9\x00"
    assert struct.unpack("<I", packed[:4])[0] == len(packed) - 4


def test_there_is_one_pool_per_url(url: str) -> None:
    """However often a ScoresDb is made, connections are shared."""
    assert ScoresDb(url, None)._engine is ScoresDb(url, None)._engine


def test_a_driver_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the driver's library says so, and not the rest of the URL."""
    monkeypatch.setitem(sys.modules, "pyodbc", None)
    with pytest.raises(ScoresDbError, match=r"driver for mssql\+pyodbc cannot be loaded") as raised:
        ScoresDb(f"{SERVER}&Encrypt=strict", None)
    assert "server.database" not in str(raised.value)


@pytest.mark.parametrize("url", ["not a url", "sqlite+nothing"])
def test_a_url_that_is_none_is_refused_without_showing_it(url: str) -> None:
    """A wrong setting is told, never shown."""
    with pytest.raises(ScoresDbError) as raised:
        ScoresDb(url, None)
    assert url not in str(raised.value)


def test_the_folder_of_a_database_must_exist(tmp_path: Path) -> None:
    """A wrong path is told before anything is written."""
    with pytest.raises(ScoresDbError, match="folder of the SQLite database must exist"):
        ScoresDb(f"sqlite:///{tmp_path}/nowhere/scores.db", None)


def test_sqlite_is_durable_and_lets_readers_read(db: ScoresDb) -> None:
    """Write-ahead log, full synchronisation, a patient lock, and no statement without hiding."""
    db.list_runs()
    with db._engine.connect() as connection:

        def pragma(name: str) -> Any:
            return connection.execute(text(f"PRAGMA {name}")).scalar()

        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2
        assert pragma("busy_timeout") == 60_000
    assert db._engine.hide_parameters is True


def test_a_source_is_not_created(tmp_path: Path) -> None:
    """A database that is only read must be there."""
    with pytest.raises(SourceError, match="must exist"):
        open_source(f"sqlite:///{tmp_path / 'none.db'}", None, SourceError)
    assert list(tmp_path.iterdir()) == []
