"""Removes the rows of older revisions that a newer run over their span did not write again.

An upsert replaces row by row, so a window that is no longer there when a span is scored again (its
events were corrected, or moved) would keep its old score for ever. Once the newer run has scored
its span, whatever is older in it has vanished from the data.

The rows are counted where they are, by the chunk that had written them, and then deleted by the
same condition. Between the two nothing comes and nothing goes: on SQL Server the hint on the count
keeps the rows and the gaps between them until the commit; SQLite has one writer at a time.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, select
from sqlalchemy.sql import Delete, Select

from adapters.scores_db.jobs import add_superseded
from adapters.scores_db.ledger import add_count, check_not_cancelled, locked
from adapters.scores_db.score_tables import in_span, score_tables
from domain.messages import Run
from domain.pipeline import Pipeline

ROWS_VANISHED = "rows_vanished"
"""The run's count, in the ledger, of all the rows that it has removed."""


def remove_vanished(connection: Connection, run: Run, pipeline: Pipeline) -> int:
    """Deletes the rows of older revisions in the run's span; how many there were.

    The jobs that had written them count them as superseded, so `counts.reconcile` stays exact.
    Raises RunCancelledError if the run was cancelled; then the caller's transaction must be rolled
    back.
    """
    check_not_cancelled(connection, run.run_id)
    target = score_tables(pipeline).target
    lost: dict[tuple[str, int], int] = {
        (owner, chunk): rows for owner, chunk, rows in connection.execute(count(target, run))
    }
    removed = sum(lost.values())
    if removed:
        connection.execute(remove(target, run))
        add_superseded(connection, lost)
        add_count(connection, run.run_id, ROWS_VANISHED, removed)
    check_not_cancelled(connection, run.run_id)
    return removed


def count(target: Table, run: Run) -> Select[Any]:
    """How many rows will go, by the run and chunk that had written them."""
    owner = (target.c.run_id, target.c.chunk)
    query = select(*owner, func.count()).where(_vanished(target, run)).group_by(*owner)
    return locked(query, target)


def remove(target: Table, run: Run) -> Delete:
    """Deletes what `count` has counted, and has locked."""
    return delete(target).where(_vanished(target, run))


def _vanished(target: Table, run: Run) -> ColumnElement[bool]:
    return and_(
        in_span(target, run.span),
        target.c.run_id != run.run_id,
        target.c.revision < run.revision,
    )
