"""Makes sure that the tables are there and have the columns that are expected.

Tables are created on first use. A table that an older version of the app has made gets the columns
that were added since, which may all be null. Otherwise a table that exists is only looked at, so an
identity that may not create tables is enough once `make sql-schema` was applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Dialect, Engine, Float, Integer, Table, inspect, text
from sqlalchemy.engine import Inspector
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import DateTime, String, TypeDecorator, TypeEngine

from adapters.scores_db.engine import WRITES
from adapters.scores_db.ledger_tables import LEDGER
from domain.errors import ScoresDbError

_FAMILIES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Boolean, "boolean"),
    (Integer, "integer"),
    (Float, "float"),
    (DateTime, "datetime"),
    (String, "text"),
)


def ensure(engine: Engine, tables: Sequence[Table]) -> None:
    """Creates what is missing and checks what is there.

    Raises ScoresDbError naming the table and the columns that are missing, unexpected or different.
    """
    try:
        _create_missing(engine, tables)
    except DBAPIError:
        # Another process may have been quicker; if not, the second try tells what is wrong.
        _create_missing(engine, tables)
    with engine.connect() as connection:
        inspector = inspect(connection)
        for table in tables:
            _check(inspector, table)


def _create_missing(engine: Engine, tables: Sequence[Table]) -> None:
    with engine.connect() as connection:
        inspector = inspect(connection)
        missing = [table for table in tables if not inspector.has_table(table.name)]
        added = [c for t in tables if t not in missing for c in _added(inspector, t)]
    if not missing and not added:
        return
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        for table in missing:
            table.create(connection, checkfirst=True)
        for column in added:
            connection.execute(text(add_column_sql(column, engine.dialect)))


def _added(inspector: Inspector, table: Table) -> list[Column[Any]]:
    """The ledger's columns that a table of an older version lacks. Score tables are the user's."""
    if table not in LEDGER.sorted_tables:
        return []
    there = {str(column["name"]) for column in inspector.get_columns(table.name)}
    if any(not c.nullable and c.name not in there for c in table.columns):
        return []  # somebody else's table: it is refused when it is checked
    return [c for c in table.columns if c.nullable and c.name not in there]


def add_column_sql(column: Column[Any], dialect: Dialect) -> str:
    """`ALTER TABLE ... ADD`, which SQLite and SQL Server spell alike."""
    quoted = dialect.identifier_preparer
    kind = column.type.dialect_impl(dialect).compile(dialect)
    table = quoted.format_table(column.table)
    return f"ALTER TABLE {table} ADD {quoted.format_column(column)} {kind} NULL"


def _check(inspector: Inspector, table: Table) -> None:
    found = {str(c["name"]): c["type"] for c in inspector.get_columns(table.name)}
    wanted = {column.name: column for column in table.columns}
    problems = [f"{name} is missing" for name in wanted if name not in found]
    problems += [f"{name} is not expected" for name in found if name not in wanted]
    problems += [
        f"{name} must be {_family(column)}; it is {_family_of(found[name]) or found[name]}"
        for name, column in wanted.items()
        if name in found and _family_of(found[name]) != _family(column)
    ]
    key = set(inspector.get_pk_constraint(table.name)["constrained_columns"])
    expected_key = {column.name for column in table.primary_key.columns}
    if not problems and key != expected_key:
        problems.append(f"the primary key must be {sorted(expected_key)}; it is {sorted(key)}")
    if problems:
        raise ScoresDbError(
            f"table {table.name} exists with other columns than expected: {'; '.join(problems)}. "
            "Rename or migrate the table, or give the pipeline another `output.table`"
        )


def _family(column: Column[Any]) -> str | None:
    kind = column.type
    return _family_of(kind.impl_instance if isinstance(kind, TypeDecorator) else kind)


def _family_of(kind: TypeEngine[Any]) -> str | None:
    return next((name for base, name in _FAMILIES if isinstance(kind, base)), None)
