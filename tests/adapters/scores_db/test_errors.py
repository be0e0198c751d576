"""How errors of databases become Windrow's."""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from sqlalchemy import text
from sqlalchemy.exc import (
    CompileError,
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from adapters.scores_db import ScoresDb
from adapters.scores_db.errors import TRANSIENT_NUMBERS, error_of, mapped
from domain.errors import ScoresDbError, TransientError
from tests.adapters.scores_db.samples import (
    AT,
    batch,
    row,
    sample_order,
    sample_pipeline,
    sample_record,
)

SECRET = "device-4711"


class PyodbcError(Exception):
    """What pyodbc raises, as far as it matters: SQLSTATE and message."""


def sql_server(
    number: int, state: str, message: str, kind: type[DBAPIError] = OperationalError
) -> DBAPIError:
    """An error as SQLAlchemy passes it on from pyodbc."""
    told = f"[{state}] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]{message}"
    return kind("SELECT 1", {}, PyodbcError(state, f"{told} ({number}) (SQLExecDirectW)"))


def sqlite(message: str) -> DBAPIError:
    """An error as SQLAlchemy passes it on from sqlite3."""
    return OperationalError("SELECT 1", {}, sqlite3.OperationalError(message))


@pytest.mark.parametrize("number", sorted(TRANSIENT_NUMBERS))
def test_sql_servers_passing_errors_are_transient(number: int) -> None:
    """Each number that means try again is understood from pyodbc's message."""
    error = sql_server(number, "42000", "Please retry later.", ProgrammingError)
    assert isinstance(error_of(error, "db", "read", ScoresDbError), TransientError)


def test_the_documented_numbers_are_among_them() -> None:
    """The transient errors that Azure SQL documents are all there."""
    documented = {4060, 40197, 40501, 40613, 49918, 49919, 49920, 10928, 10929, 4221, 615, 926}
    assert documented | {1205} <= TRANSIENT_NUMBERS


@pytest.mark.parametrize("state", ["08S01", "08001", "HYT00", "HYT01", "40001"])
def test_broken_connections_and_timeouts_are_transient(state: str) -> None:
    """The driver's own errors have no number of the server; their SQLSTATE tells."""
    message = f"[{state}] [Microsoft][ODBC Driver 18 for SQL Server]Login timeout expired"
    error = OperationalError("", {}, PyodbcError(state, f"{message} (0) (SQLDriverConnect)"))
    assert isinstance(error_of(error, "db", "connect", ScoresDbError), TransientError)


@pytest.mark.parametrize(
    "error",
    [
        sqlite("database is locked"),
        sqlite("database table is locked: runs"),
        sqlite("unable to open database file"),
        sqlite("disk I/O error"),
        PoolTimeoutError("QueuePool limit reached"),
        ServiceRequestError("the identity endpoint does not answer"),
    ],
)
def test_other_passing_errors_are_transient(error: Exception) -> None:
    """A busy file, an empty pool and an identity service that is away may be tried again."""
    assert isinstance(error_of(error, "db", "read", ScoresDbError), TransientError)


@pytest.mark.parametrize(
    "error",
    [
        sql_server(208, "42S02", "Invalid object name 'dbo.t'.", ProgrammingError),
        sql_server(2627, "23000", "Violation of PRIMARY KEY constraint.", IntegrityError),
        sqlite("no such table: runs"),
        sqlite("attempt to write a readonly database"),
        CompileError("cannot compile"),
        ClientAuthenticationError("no identity"),
        UnicodeEncodeError("utf-8", SECRET, 0, 1, "surrogates not allowed"),
        OverflowError("Python int too large"),
    ],
)
def test_what_stays_wrong_is_refused(error: Exception) -> None:
    """What trying again cannot help is a ScoresDbError."""
    with pytest.raises(ScoresDbError), mapped("db", "write", ScoresDbError):
        raise error


def test_the_message_says_what_to_do() -> None:
    """Number, text and hint are told."""
    error = sql_server(18456, "28000", "Login failed for user '<token>'.")
    told = str(error_of(error, "scores database", "read a run", ScoresDbError))
    assert told.startswith("scores database: read a run: Login failed")
    assert "18456" in told
    assert "must be a user of the database" in told


@pytest.mark.parametrize(
    "error",
    [
        sql_server(2627, "23000", f"The duplicate key value is ({SECRET}).", IntegrityError),
        sql_server(2628, "42000", f"Truncated value: '{SECRET}'.", ProgrammingError),
        sql_server(245, "22018", f"converting the nvarchar value '{SECRET}'.", DataError),
    ],
)
def test_no_row_gets_into_an_error(error: DBAPIError) -> None:
    """What SQL Server quotes from rows is in neither the text nor the printed traceback."""
    with pytest.raises(ScoresDbError) as raised, mapped("db", "write", ScoresDbError):
        raise error
    assert SECRET not in str(raised.value)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_a_locked_database_is_transient(
    url: str, open_db: Callable[[str], ScoresDb], tmp_path: Path
) -> None:
    """A writer that keeps the lock for too long makes others try again later."""
    db = open_db(f"{url}?timeout=0.05")
    db.record_run(sample_record())
    other = sqlite3.connect(tmp_path / "scores.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(TransientError, match="locked"):
            db.record_run(sample_record())
    finally:
        other.close()
    db.record_run(sample_record())


def test_a_database_that_cannot_be_opened_is_transient(
    tmp_path: Path, open_db: Callable[[str], ScoresDb]
) -> None:
    """SQLite's unable to open may pass: a share that is mounted late, for example."""
    with pytest.raises(TransientError, match="unable to open"):
        open_db(f"sqlite:///{tmp_path}").list_runs()


def test_a_file_that_is_no_database_is_refused(
    tmp_path: Path, url: str, open_db: Callable[[str], ScoresDb]
) -> None:
    """A file of another kind is left alone."""
    (tmp_path / "scores.db").write_text("not a database, but long enough to be looked at " * 20)
    with pytest.raises(ScoresDbError, match="not a database"):
        open_db(url).list_runs()


def test_parameters_and_url_are_not_shown(url: str, open_db: Callable[[str], ScoresDb]) -> None:
    """Neither text nor traceback of an error holds a value that was to be written."""
    db, pipeline = open_db(url), sample_pipeline()
    db.ensure_tables(pipeline)
    with db._engine.begin() as connection:
        connection.execute(text("DROP TABLE fleet_scores__staging"))
    with pytest.raises(ScoresDbError) as raised:
        db.upsert(pipeline, sample_order(), [batch([row(SECRET)])], AT)
    printed = "".join(traceback.format_exception(raised.value))
    assert "fleet_scores__staging" in printed
    assert SECRET not in printed
    assert url not in printed
