"""Where scores go: the SQL table and its columns."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from domain.pipeline.base import ColumnName, Section

ColumnType = Literal[
    "float", "integer", "boolean", "string", "float?", "integer?", "boolean?", "string?"
]


LEDGER_TABLES = frozenset({"runs", "jobs", "dead_letters", "rejected_rows", "quality"})


def _own_table(name: str) -> str:
    if name.lower() in LEDGER_TABLES or name.lower().endswith("__staging"):
        tables = ", ".join(sorted(LEDGER_TABLES))
        raise ValueError(f"must not be one of Windrow's own tables: {tables}, or end in __staging")
    return name


class Output(Section):
    """The table that a pipeline's scores are upserted into, by key and window end."""

    table: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"),
        AfterValidator(_own_table),
    ]
    columns: dict[ColumnName, ColumnType] = Field(
        min_length=1,
        description="The columns that the model writes, with their types; a ? allows nulls.",
    )
