"""The connection to a database: one pool per process and URL, for Azure SQL and for SQLite.

Nothing outside this file knows how the two differ in connecting: Azure SQL is entered with the
app's identity; SQLite is told to be durable and to take its lock before it reads what it changes.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, cast

from azure.core.credentials import TokenCredential
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from domain.errors import RefusedError

ACCESS_TOKEN = 1256
"""SQL_COPT_SS_ACCESS_TOKEN of the ODBC driver."""
SCOPE = "https://database.windows.net/.default"
LOGIN_TIMEOUT_S = 30
BUSY_TIMEOUT_S = 60.0
"""How long SQLite waits for its one writer; `?timeout=` in the URL overrides it. A chunk of some
hundred thousand rows is written in one transaction of several seconds, and others queue behind."""
CACHE_KB = 32 * 1024
"""SQLite's page cache, per connection."""
WRITES = "windrow_writes"
"""The execution option of transactions that write."""


def open_engine(
    url: str, credential: TokenCredential | None, refused: Callable[[str], RefusedError]
) -> Engine:
    """A pool for a database that Windrow writes to; the same one every time.

    Raises what `refused` makes when the URL cannot be used. Does not connect.
    """
    parsed = _parsed(url, refused)
    if parsed.get_backend_name() == "sqlite":
        folder = _sqlite_path(parsed).parent
        if not folder.is_dir():
            raise refused(f"the folder of the SQLite database must exist: {folder}")
    return _opened(parsed, credential, refused, keeps=True)


def open_source(
    url: str, credential: TokenCredential | None, refused: Callable[[str], RefusedError]
) -> Engine:
    """A pool for a database that is only read: nothing about it is changed."""
    parsed = _parsed(url, refused)
    if parsed.get_backend_name() == "sqlite" and not _sqlite_path(parsed).is_file():
        raise refused(f"the SQLite database must exist: {_sqlite_path(parsed)}")
    return _opened(parsed, credential, refused, keeps=False)


def token_bytes(token: str) -> bytes:
    """A token as the ODBC driver wants it: its length in bytes, then UTF-16, little-endian.

    Source: Microsoft, "Using Microsoft Entra ID with the ODBC Driver", section on access tokens.
    """
    encoded = token.encode("utf-16-le")
    return struct.pack(f"<I{len(encoded)}s", len(encoded), encoded)


def _opened(
    url: URL,
    credential: TokenCredential | None,
    refused: Callable[[str], RefusedError],
    *,
    keeps: bool,
) -> Engine:
    needed = credential if url.get_backend_name() == "mssql" else None
    try:
        return _engine(url, cast(Hashable, needed), keeps=keeps)
    except (ImportError, NoSuchModuleError) as error:
        raise refused(f"the driver for {url.drivername} cannot be loaded: {error}") from error


@functools.cache
def _engine(url: URL, credential: Any, *, keeps: bool) -> Engine:
    if url.get_backend_name() == "sqlite":
        arguments = {} if "timeout" in url.query else {"timeout": BUSY_TIMEOUT_S}
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_use_lifo=True,
            connect_args=arguments,
        )
        _prepare_sqlite(engine, keeps=keeps)
        return engine
    if url.get_backend_name() != "mssql":
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        fast_executemany=True,
        connect_args={"timeout": LOGIN_TIMEOUT_S},
    )
    if credential is not None and not _names_a_user(url):
        _enter_by_token(engine, credential)
    return engine


def _prepare_sqlite(engine: Engine, *, keeps: bool) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say so, below
        if not keeps:
            return
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode=WAL")  # readers do not wait for the writer
        # FULL: once a commit returns it survives a power cut. The orchestration's history
        # remembers that a chunk was scored, so the database must not forget it.
        connection.execute("PRAGMA synchronous=FULL")
        # Room for the pages that a chunk touches; with SQLite's own 2 MB they are written over and
        # over within one transaction, and inserting takes three times as long.
        connection.execute(f"PRAGMA cache_size=-{CACHE_KB}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        # Taking the lock first means waiting here, and never failing between a read and a write.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _enter_by_token(engine: Engine, credential: TokenCredential) -> None:
    @event.listens_for(engine, "do_connect")
    def _on_connect(
        _dialect: object, _record: object, arguments: list[str], options: dict[str, Any]
    ) -> None:
        # SQLAlchemy asks for Windows' login when there is no user name; the driver takes only one.
        arguments[0] = arguments[0].replace(";Trusted_Connection=Yes", "")
        token = credential.get_token(SCOPE).token
        options["attrs_before"] = {ACCESS_TOKEN: token_bytes(token)}


def _names_a_user(url: URL) -> bool:
    raw = "".join(str(value) for value in url.query.get("odbc_connect", ())).lower()
    query = {name.lower() for name in url.query}
    return (
        url.username is not None
        or "authentication" in query
        or any(word in raw for word in ("uid=", "authentication=", "trusted_connection="))
    )


def _parsed(url: str, refused: Callable[[str], RefusedError]) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise refused("the database's URL must be a SQLAlchemy URL (not shown here)") from None


def _sqlite_path(url: URL) -> Path:
    return Path(url.database or ".").absolute()
