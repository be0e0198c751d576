"""The table `quality`: what the features and scores of each run looked like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from adapters.scores_db.ledger import locked
from adapters.scores_db.ledger_tables import JOBS, QUALITY, RUNS
from domain.messages import Run
from domain.quality import ColumnMeasure

_MEASURED = tuple(field.name for field in fields(ColumnMeasure))


@dataclass(frozen=True)
class QualityRow:
    """One column of one run."""

    pipeline: str
    run_id: str
    revision: int
    span_from: datetime
    span_to: datetime
    measured_at: datetime
    measure: ColumnMeasure


def replace_quality(
    connection: Connection, run: Run, measures: Sequence[ColumnMeasure], at: datetime
) -> None:
    """Writes a run's rows in place of those that are there."""
    one_at_a_time = select(RUNS.c.run_id).where(RUNS.c.run_id == run.run_id)
    connection.execute(locked(one_at_a_time, RUNS)).all()
    connection.execute(delete(QUALITY).where(QUALITY.c.run_id == run.run_id))
    if not measures:
        return
    common = {
        "pipeline": run.pipeline,
        "run_id": run.run_id,
        "revision": run.revision,
        "span_from": run.start,
        "span_to": run.end,
        "measured_at": at,
    }
    connection.execute(insert(QUALITY), [{**common, **asdict(one)} for one in measures])


def quality_of(connection: Connection, run_id: str) -> list[QualityRow]:
    """A run's rows, by role, column and version of the model."""
    table = QUALITY.c
    query = (
        select(QUALITY)
        .where(table.run_id == run_id)
        .order_by(table.role, table.column_name, table.model_version)
    )
    return [_row(row) for row in connection.execute(query)]


def quality_history(
    connection: Connection, pipeline: str, column: str | None, limit: int
) -> list[QualityRow]:
    """The rows of a pipeline's runs, those of the latest span and revision first."""
    table = QUALITY.c
    query = (
        select(QUALITY)
        .where(table.pipeline == pipeline)
        .order_by(
            table.span_to.desc(),
            table.revision.desc(),
            table.run_id,
            table.role,
            table.column_name,
            table.model_version,
        )
        .limit(limit)
    )
    if column is not None:
        query = query.where(table.column_name == column)
    return [_row(row) for row in connection.execute(query)]


def scored_attempts(connection: Connection, run_id: str) -> list[tuple[int, int]]:
    """The (chunk, attempt) whose scores were written, as a whole or in part; by chunk."""
    query = (
        select(JOBS.c.chunk, JOBS.c.attempt)
        .where(JOBS.c.run_id == run_id, JOBS.c.scored_at.is_not(None))
        .order_by(JOBS.c.chunk)
    )
    return [(row.chunk, row.attempt) for row in connection.execute(query)]


def _row(row: Row[Any]) -> QualityRow:
    values = dict(row._mapping)
    measure = ColumnMeasure(**{name: values.pop(name) for name in _MEASURED})
    return QualityRow(**values, measure=measure)
