"""How values are kept, so that SQLite and Azure SQL give back the same ones.

Instants are aware in Python and naive UTC with microseconds in the database. Text that identifies
something compares by its bits in both databases: `a` and `A` are two keys.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, DateTime, Dialect, Float, Unicode, UnicodeText
from sqlalchemy.dialects.mssql import DATETIME2, NVARCHAR
from sqlalchemy.types import TypeDecorator, TypeEngine

from domain.pipeline.output import ColumnType

KEY_LENGTH = 200
RUN_ID_LENGTH = 120
TEXT_LENGTH = 400
BINARY_COLLATION = "Latin1_General_100_BIN2"


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware datetimes in, aware UTC datetimes out, to the microsecond."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        """The naive type that this one wraps."""
        return dialect.type_descriptor(naive_utc())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raises ValueError for a naive datetime: nobody could tell which instant it is."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must have a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The same instant, in UTC."""
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)


def naive_utc() -> DateTime:
    """How instants are kept: SQL Server's DATETIME is only good to 3 ms, its DATETIME2 to 1 us."""
    exact = DATETIME2(6)  # type: ignore[no-untyped-call]
    return DateTime().with_variant(exact, "mssql")


def exact_text(length: int) -> TypeEngine[str]:
    """Unicode text of up to `length` UTF-16 units that compares by its bits."""
    return Unicode(length).with_variant(NVARCHAR(length, collation=BINARY_COLLATION), "mssql")


def long_text() -> TypeEngine[str]:
    """Unicode text of any length. (SQL Server's NTEXT, which is the default, is deprecated.)"""
    return UnicodeText().with_variant(NVARCHAR(), "mssql")


def output_type(kind: ColumnType) -> TypeEngine[Any]:
    """The type of an output column; whether it may be null is the column's business."""
    types: dict[str, TypeEngine[Any]] = {
        "float": Float(53),
        "integer": BigInteger(),
        "boolean": Boolean(),
        "string": Unicode(TEXT_LENGTH),
    }
    return types[kind.removesuffix("?")]
