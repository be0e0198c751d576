"""The one place where the errors of databases and drivers become Windrow's.

What decides is SQLite's error name, or SQL Server's error number and the driver's SQLSTATE. No
message that may quote a row is passed on: some of SQL Server's do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from azure.core.exceptions import AzureError, ClientAuthenticationError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from domain.errors import RefusedError, TransientError, WindrowError, shorten

TRANSIENT_NUMBERS = frozenset(
    {
        *(615, 926, 4060, 4221),  # the database is being moved or is starting
        *(40143, 40197, 40501, 40540, 40613, 18401),  # the service is busy or reconfigured
        *(49918, 49919, 49920, 10928, 10929),  # limits on resources and on sessions
        *(1205, 1222, 3960),  # deadlock, lock time-out, snapshot conflict
        *(20, 64, 121, 233, 10053, 10054, 10060),  # the connection broke
    }
)
TRANSIENT_STATES = frozenset({"08001", "08003", "08007", "08S01", "40001", "HYT00", "HYT01"})
TRANSIENT_SQLITE = ("BUSY", "LOCKED", "CANTOPEN", "IOERR", "PROTOCOL", "INTERRUPT")
SQLITE_TEXTS = ("locked", "unable to open", "disk i/o error", "interrupted")
HINTS = {
    18456: "the app's identity must be a user of the database",
    229: "the app's identity needs the roles db_datareader and db_datawriter",
    262: "create the tables with the output of `make sql-schema`, or grant db_ddladmin",
}
_NATIVE = re.compile(r"\((-?\d+)\)(?: \(SQL\w+\))?(?=;|$)")
_QUOTED_VALUE = re.compile(r"\bvalue(s)?\b.*", re.IGNORECASE | re.DOTALL)


@contextmanager
def mapped(service: str, action: str, refused: Callable[[str], RefusedError]) -> Iterator[None]:
    """Lets nothing of SQLAlchemy, of a driver or of the identity library out.

    Args:
        service: What is talked to, for the message.
        action: What was tried, for the message.
        refused: Makes the error for what trying again cannot help.
    """
    try:
        yield
    except (SQLAlchemyError, AzureError, UnicodeError, OverflowError) as error:
        # A cause is printed with the traceback: one that may quote a row must not be.
        raise error_of(error, service, action, refused) from (
            None if _refuses_a_row(error) or _quotes_a_value(error) else error
        )


def error_of(
    error: Exception, service: str, action: str, refused: Callable[[str], RefusedError]
) -> WindrowError:
    """Windrow's word for an error."""
    told = describe(error)
    if is_transient(error):
        return TransientError(service, action, told)
    return refused(f"{service}: {action}: {told}")


def is_transient(error: Exception) -> bool:
    """Whether trying again may help."""
    if isinstance(error, PoolTimeoutError):
        return True
    if isinstance(error, AzureError):
        return not isinstance(error, ClientAuthenticationError)
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    if _sqlite_name(error.orig) is not None:
        return _sqlite_is_transient(error.orig)
    if error.connection_invalidated or _state(error.orig) in TRANSIENT_STATES:
        return True
    return not TRANSIENT_NUMBERS.isdisjoint(_numbers(error.orig))


def describe(error: Exception) -> str:
    """What the database says, without statement, parameters, rows or connection string."""
    if isinstance(error, AzureError):
        return f"no token for the app's identity ({type(error).__name__})"
    if isinstance(error, PoolTimeoutError):
        return "all connections are in use"
    if isinstance(error, DBAPIError) and error.orig is not None:
        numbers = _numbers(error.orig)
        number = next(iter(numbers), None)
        code = f"SQL Server error {number}" if number else _sqlite_name(error.orig)
        text = "it refuses a row" if _refuses_a_row(error) else _text(error.orig)
        hint = next((f"; {HINTS[n]}" for n in numbers if n in HINTS), "")
        return f"{text} ({code or type(error).__name__}){hint}"
    if isinstance(error, StatementError):
        cause = type(error.orig).__name__ if error.orig is not None else type(error).__name__
        return f"a parameter is missing or does not fit ({cause})"
    if isinstance(error, SQLAlchemyError):
        return f"the database or the statement cannot be used ({type(error).__name__})"
    return f"a value does not fit its column ({type(error).__name__})"


def _text(cause: BaseException) -> str:
    """The driver's first line, without what comes after the word `value`."""
    raw = str(cause.args[-1]) if cause.args else type(cause).__name__
    line = (raw.splitlines() or [type(cause).__name__])[0]
    line = re.sub(r"\[[^\]]*\]", "", line).strip()
    line = _QUOTED_VALUE.sub("(value not shown)", _NATIVE.sub("", line).strip(" ;"))
    return shorten(line, 300).strip("'\"")


def _quotes_a_value(error: Exception) -> bool:
    cause = error.orig if isinstance(error, DBAPIError) else None
    return cause is not None and _QUOTED_VALUE.search(str(cause)) is not None


def _refuses_a_row(error: Exception) -> bool:
    return isinstance(error, IntegrityError | DataError | UnicodeError | OverflowError) or (
        isinstance(error, StatementError) and not isinstance(error, DBAPIError)
    )


def _sqlite_name(cause: BaseException) -> str | None:
    if type(cause).__module__.split(".")[0] != "sqlite3":
        return None
    return getattr(cause, "sqlite_errorname", None) or "SQLITE"


def _sqlite_is_transient(cause: BaseException) -> bool:
    name = _sqlite_name(cause) or ""
    if name != "SQLITE":
        return any(name.startswith(f"SQLITE_{kind}") for kind in TRANSIENT_SQLITE)
    return any(text in str(cause).lower() for text in SQLITE_TEXTS)


def _state(cause: BaseException) -> str:
    return str(cause.args[0]) if cause.args else ""


def _numbers(cause: BaseException) -> list[int]:
    """The numbers that pyodbc puts at the end of each diagnostic record."""
    if _sqlite_name(cause) is not None:
        return []
    return [int(number) for number in _NATIVE.findall(str(cause.args[-1] if cause.args else ""))]
