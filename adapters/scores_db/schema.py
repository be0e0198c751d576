"""The T-SQL that creates all tables, for whoever sets up the database: `make sql-schema`.

Each table is created only if it is missing, so the script can be run again after a pipeline was
added. It changes no table that is there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from adapters.pipeline_files import load_pipelines
from adapters.scores_db.ledger_tables import LEDGER
from adapters.scores_db.score_tables import score_tables
from adapters.settings import pipelines_dir
from domain.pipeline import Pipeline

HEADING = """-- Windrow's tables in Azure SQL, made by `make sql-schema`. Safe to run again.
SET XACT_ABORT ON;
"""


def schema_sql(pipelines: Iterable[Pipeline]) -> str:
    """The statements for the ledger and for the tables of the pipelines, each only if missing."""
    tables = list(LEDGER.sorted_tables)
    for pipeline in pipelines:
        found = score_tables(pipeline)
        tables += [found.target, found.staging]
    return HEADING + "".join(f"\n{_create(table)}\n" for table in tables)


def _create(table: Table) -> str:
    dialect: Dialect = mssql.dialect()  # type: ignore[no-untyped-call]
    name = dialect.identifier_preparer.format_table(table).replace("'", "''")
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    statements: list[ExecutableDDLElement] = [
        CreateTable(table),
        *(CreateIndex(index) for index in indexes),
    ]
    texts = [str(statement.compile(dialect=dialect)).strip() for statement in statements]
    body = ";\n".join(text.replace("\t", "    ") for text in texts)
    return f"IF OBJECT_ID(N'{name}', N'U') IS NULL\nBEGIN\n{body};\nEND;"


def main() -> None:
    """Prints the schema for the pipelines of the app."""
    sys.stdout.write(schema_sql(load_pipelines(pipelines_dir()).values()))


if __name__ == "__main__":
    main()
