"""Makes sure that the tables are there and have the columns that are expected.

Tables are created on first use. A table that exists is only looked at, so an identity that may not
create tables is enough once `make sql-schema` was applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Engine, Float, Integer, Table, inspect
from sqlalchemy.engine import Inspector
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import DateTime, String, TypeDecorator, TypeEngine

from adapters.scores_db.engine import WRITES
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
    if not missing:
        return
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        for table in missing:
            table.create(connection, checkfirst=True)


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
