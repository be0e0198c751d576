"""The ledger asked by span: what was scored last, and by which revision.

The other questions to the ledger know the run's id; these look for it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from adapters.scores_db.ledger import run_row
from adapters.scores_db.ledger_tables import RUNS
from adapters.scores_db.rows import RunRow
from domain.spans import Span


def last_span_end(connection: Connection, pipeline: str, trigger: str) -> datetime | None:
    """The latest end of a span that a trigger asked for."""
    query = select(func.max(RUNS.c.span_to)).where(
        RUNS.c.pipeline == pipeline, RUNS.c.trigger_kind == trigger
    )
    latest: datetime | None = connection.execute(query).scalar_one()
    return latest


def last_run(connection: Connection, pipeline: str, span: Span) -> RunRow | None:
    """The highest revision of exactly this span, however it is; None if there is none."""
    query = (
        select(RUNS)
        .where(
            RUNS.c.pipeline == pipeline,
            RUNS.c.span_from == span.start,
            RUNS.c.span_to == span.end,
        )
        .order_by(RUNS.c.revision.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else run_row(row)


def newest_runs(
    connection: Connection, pipeline: str, first: datetime, last: datetime
) -> list[RunRow]:
    """The newest run of each span that ends in (first, last], by that end."""
    place = func.row_number().over(
        partition_by=(RUNS.c.span_from, RUNS.c.span_to), order_by=RUNS.c.revision.desc()
    )
    ranked = (
        select(RUNS, place.label("place"))
        .where(
            RUNS.c.pipeline == pipeline,
            RUNS.c.span_to > first,
            RUNS.c.span_to <= last,
        )
        .subquery()
    )
    query = (
        select(*(ranked.c[column.name] for column in RUNS.columns))
        .where(ranked.c.place == 1)
        .order_by(ranked.c.span_to, ranked.c.span_from)
    )
    return [run_row(row) for row in connection.execute(query)]
