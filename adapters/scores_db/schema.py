"""The T-SQL that creates all tables, for whoever sets up the database: `make sql-schema`.

Each table is created only if it is missing, so the script can be run again after a pipeline was
added. A table of the ledger that an older version has made gets the columns that were added since.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Dialect, Table
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from adapters.pipeline_files import load_pipelines
from adapters.scores_db.ensure import add_column_sql
from adapters.scores_db.ledger_tables import LEDGER
from adapters.scores_db.score_tables import score_tables
from adapters.settings import pipelines_dir
from domain.pipeline import Pipeline

HEADING = """-- Windrow's tables in Azure SQL, made by `make sql-schema`. Safe to run again.
SET XACT_ABORT ON;
"""


def schema_sql(pipelines: Iterable[Pipeline]) -> str:
    """The statements for the ledger and for the tables of the pipelines, each only if missing."""
    ledger = LEDGER.sorted_tables
    tables = list(ledger)
    for pipeline in pipelines:
        found = score_tables(pipeline)
        tables += [found.target, found.staging]
    added = [c for table in ledger for c in table.columns if c.nullable]
    statements = [*(_create(table) for table in tables), *(_add(column) for column in added)]
    return HEADING + "".join(f"\n{statement}\n" for statement in statements)


def _add(column: Column[Any]) -> str:
    table = _literal(column.table.name)
    statement = add_column_sql(column, _dialect())
    return f"IF COL_LENGTH({table}, {_literal(column.name)}) IS NULL\n    {statement};"


def _create(table: Table) -> str:
    dialect = _dialect()
    name = dialect.identifier_preparer.format_table(table).replace("'", "''")
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    statements: list[ExecutableDDLElement] = [
        CreateTable(table),
        *(CreateIndex(index) for index in indexes),
    ]
    texts = [str(statement.compile(dialect=dialect)).strip() for statement in statements]
    body = ";\n".join(text.replace("\t", "    ") for text in texts)
    return f"IF OBJECT_ID(N'{name}', N'U') IS NULL\nBEGIN\n{body};\nEND;"


def _dialect() -> Dialect:
    dialect: Dialect = mssql.dialect()  # type: ignore[no-untyped-call]
    return dialect


def _literal(text: str) -> str:
    return "N'" + text.replace("'", "''") + "'"


def main() -> None:
    """Prints the schema for the pipelines of the app."""
    sys.stdout.write(schema_sql(load_pipelines(pipelines_dir()).values()))


if __name__ == "__main__":
    main()
