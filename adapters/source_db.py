"""Reads events out of a SQL database, a batch at a time, as text.

Stands apart from the scores database: this one belongs to somebody else, is only read, and its rows
are of any type. Everything becomes text, as in a CSV file, so that what follows has one case.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
from azure.core.credentials import TokenCredential
from sqlalchemy import TextClause, bindparam, text

from adapters.credentials import credential as app_credential
from adapters.scores_db.engine import open_source
from adapters.scores_db.errors import mapped
from adapters.scores_db.types import naive_utc
from domain.errors import Problem, SettingsError, SourceError

BATCH_ROWS = 20_000
SERVICE = "source database"


def source_rows(
    database: str,
    query: str,
    span_start: datetime,
    span_end: datetime,
    columns: Sequence[str],
    environment: Mapping[str, str] = os.environ,
) -> Iterator[pa.RecordBatch]:
    """As `table_rows`, from the database whose URL the app setting `database` holds.

    Raises SettingsError if there is no such setting.
    """
    url = environment.get(database)
    if not url:
        raise SettingsError("app settings", [Problem(database, "is required", has_value=False)])
    return table_rows(url, query, span_start, span_end, columns, credential=app_credential())


def table_rows(
    database_url: str,
    query: str,
    span_start: datetime,
    span_end: datetime,
    columns: Sequence[str],
    batch_rows: int = BATCH_ROWS,
    credential: TokenCredential | None = None,
) -> Iterator[pa.RecordBatch]:
    """The rows of a query, streamed.

    Args:
        database_url: SQLAlchemy's. Entered with `credential` if it is Azure SQL and names no user.
        query: A SELECT with :span_start and :span_end, which become naive UTC timestamps.
        span_start, span_end: Aware instants.
        columns: Which columns of the result are wanted; names must be equal, letter by letter.
        batch_rows: At most so many rows are in memory at a time.

    Yields:
        Batches with `columns` as strings: null stays null, timestamps in ISO 8601 (with an offset
        only where the database tells one), floats so that they read back as they were, booleans as
        true and false.

    Raises SourceError for columns that are missing and for what the database refuses,
    TransientError when trying again may help.
    """
    engine = open_source(database_url, credential, SourceError)
    bound = {"span_start": _naive_utc(span_start), "span_end": _naive_utc(span_end)}
    with (
        mapped(SERVICE, "read events", SourceError),
        engine.connect() as connection,
    ):
        options = {"yield_per": batch_rows}  # streams, also from servers that would send all
        result = connection.execute(_statement(query), bound, execution_options=options)
        if not result.returns_rows:
            raise SourceError("the query of a table source must be a SELECT")
        places = _places(list(result.keys()), columns)
        schema = pa.schema([pa.field(name, pa.string()) for name in columns])
        for rows in result.partitions(batch_rows):
            arrays = [pa.array([as_text(row[i]) for row in rows], pa.string()) for i in places]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def as_text(value: Any) -> str | None:
    """A value as text; None stays None.

    >>> as_text(0.1), as_text(True), as_text(None)
    ('0.1', 'true', None)
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value)


def _statement(query: str) -> TextClause:
    instant = naive_utc()
    return text(query).bindparams(
        bindparam("span_start", type_=instant), bindparam("span_end", type_=instant)
    )


def _naive_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise SourceError("the span of a query must be given as instants with a time zone")
    return instant.astimezone(UTC).replace(tzinfo=None)


def _places(there: Sequence[str], wanted: Sequence[str]) -> list[int]:
    missing = [name for name in wanted if name not in there]
    if missing:
        raise SourceError(
            f"the query must return the columns {', '.join(missing)}; "
            f"it returns {', '.join(there) or 'none'}"
        )
    twice = [name for name in wanted if there.count(name) > 1]
    if twice:
        raise SourceError(f"the query must return each column once; twice: {', '.join(twice)}")
    return [there.index(name) for name in wanted]
