"""The tables of a pipeline: its scores, and where they are staged.

A score table is keyed by the pipeline's keys and `window_end`. Next to it stands a staging table:
a permanent one, because the fast way of inserting into SQL Server cannot fill temporary tables. It
holds rows only inside a transaction, under a batch id, so it is empty whenever anybody looks.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Unicode,
    and_,
)
from sqlalchemy.sql.schema import SchemaItem

from adapters.scores_db.types import (
    KEY_LENGTH,
    RUN_ID_LENGTH,
    UtcDateTime,
    exact_text,
    naive_utc,
    output_type,
)
from domain.pipeline import Pipeline
from domain.pipeline.output import ColumnType
from domain.spans import Span

CLUSTERED_KEYS = 2
"""SQL Server orders a table by at most 900 bytes: two keys of 200 characters, and what goes with
them. An index that is not the table's order may have 1,700: enough for four keys."""


@dataclass(frozen=True)
class ScoreTables:
    """A pipeline's score table, its staging table, and which columns mean what.

    `identity` is what a row is known by (the keys and window_end); `values` is what the model said
    about it (the output columns and model_version).
    """

    target: Table
    staging: Table
    identity: tuple[str, ...]
    values: tuple[str, ...]


def score_tables(pipeline: Pipeline) -> ScoreTables:
    """The tables of a pipeline, whose rules keep its names apart from ours."""
    output = pipeline.output
    return _score_tables(output.table, pipeline.keys, tuple(output.columns.items()))


def in_span(target: Table, span: Span) -> ColumnElement[bool]:
    """The rows whose window ends in the span; the index on window_end finds them."""
    return and_(target.c.window_end > span.start, target.c.window_end <= span.end)


@functools.cache
def _score_tables(
    name: str, keys: tuple[str, ...], columns: tuple[tuple[str, ColumnType], ...]
) -> ScoreTables:
    """Made once per shape, so that compiled statements are found again."""
    metadata = MetaData()
    clustered = len(keys) <= CLUSTERED_KEYS
    target = Table(
        name,
        metadata,
        *_identity(keys, UtcDateTime()),
        *_outputs(columns),
        Column("run_id", exact_text(RUN_ID_LENGTH), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("chunk", Integer, nullable=False),
        Column("model_version", Unicode(KEY_LENGTH)),
        Column("scored_at", UtcDateTime, nullable=False),
        PrimaryKeyConstraint(*keys, "window_end", mssql_clustered=clustered),
        Index(f"ix_{name}_window_end", "window_end", "run_id", mssql_clustered=not clustered),
        sqlite_with_rowid=False,
    )
    staging = _staging_table(name, keys, columns, metadata)
    values = (*(column for column, _ in columns), "model_version")
    return ScoreTables(target, staging, (*keys, "window_end"), values)


def _staging_table(
    name: str,
    keys: tuple[str, ...],
    columns: tuple[tuple[str, ColumnType], ...],
    metadata: MetaData,
) -> Table:
    clustered = len(keys) <= CLUSTERED_KEYS
    parts: list[SchemaItem] = [
        Column("batch_id", exact_text(32), nullable=False),
        Column("row_number", BigInteger, nullable=False),
        *_identity(keys, naive_utc()),
        *_outputs(columns),
        Column("model_version", Unicode(KEY_LENGTH)),
        PrimaryKeyConstraint(
            "batch_id", *keys, "window_end", "row_number", mssql_clustered=clustered
        ),
    ]
    if not clustered:  # a table without order keeps the pages of rows that were deleted
        order = Index(f"ix_{name}__staging", "batch_id", "row_number", mssql_clustered=True)
        parts.append(order.ddl_if(dialect="mssql"))
    return Table(f"{name}__staging", metadata, *parts, sqlite_with_rowid=False)


def _identity(keys: tuple[str, ...], instant: DateTime | UtcDateTime) -> list[Column[object]]:
    found: list[Column[object]] = [
        Column(key, exact_text(KEY_LENGTH), nullable=False) for key in keys
    ]
    return [*found, Column("window_end", instant, nullable=False)]


def _outputs(columns: tuple[tuple[str, ColumnType], ...]) -> list[Column[object]]:
    return [Column(name, output_type(kind), nullable=kind.endswith("?")) for name, kind in columns]
