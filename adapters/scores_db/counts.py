"""What the database holds of a run, counted: for watching it, and for proving it."""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Subquery,
    Table,
    and_,
    case,
    distinct,
    func,
    select,
)

from adapters.scores_db.ledger_tables import DEAD_LETTERS, JOBS, REJECTED_ROWS
from adapters.scores_db.rows import ChunkProgress
from adapters.scores_db.score_tables import in_span, score_tables
from adapters.scores_db.upsert import PARTLY_SCORED
from domain.messages import Run, StoredCounts
from domain.pipeline import Pipeline
from domain.rejections import Rejection

_WHOLE = and_(JOBS.c.scored_at.is_not(None), JOBS.c.status != PARTLY_SCORED)
"""A job that has scored all of its chunk."""


def progress(connection: Connection, run_id: str) -> ChunkProgress:
    """How far the run is. A chunk that was scored has not failed, whatever else was recorded."""
    row = connection.execute(
        select(
            _jobs(func.count(), run_id).label("jobs_submitted"),
            _jobs(func.count(distinct(JOBS.c.chunk)), run_id).label("touched"),
            _scored(run_id).label("scored"),
            _dead(func.count(), run_id).label("failed"),
            _dead(func.count(), run_id, _has_job()).label("failed_after_job"),
            _jobs(_total(JOBS.c.rows_scored), run_id).label("rows_scored"),
            _jobs(_total(JOBS.c.rows_rejected), run_id).label("rows_rejected"),
        )
    ).one()
    return ChunkProgress(
        jobs_submitted=row.jobs_submitted,
        running=row.touched - row.scored - row.failed_after_job,
        scored=row.scored,
        failed=row.failed,
        rows_scored=row.rows_scored,
        rows_rejected=row.rows_rejected,
    )


def reconcile(connection: Connection, run: Run, pipeline: Pipeline) -> StoredCounts:
    """What `reconcile_run` needs to prove a run.

    `rows_scored` are the rows that the run's jobs scored and the rules accepted. Each of them was
    written, unless a newer revision was there already: then it is superseded at once, in the
    transaction of its chunk. When another run overwrites or removes a written row later, then that
    run's transaction adds it to the `rows_superseded` of the job that had written it. So at every
    moment, also while other runs are at the same windows,

        rows_scored == rows_in_sql + rows_superseded

    holds exactly, and a difference means that somebody else changed the table. All numbers come
    from one statement, so that SQLite and Azure SQL (read committed snapshot) answer them as of
    one moment. `rows_failed` are the rows in dead letters: of chunks that were given up and never
    scored, and those that are lacking in chunks that were scored in part. `rejected` counts the
    rejected rows by kind; what was written before there were kinds is `other`.
    """
    target = score_tables(pipeline).target
    kinds = _kinds(run.run_id)
    row = connection.execute(
        select(
            _scored(run.run_id).label("chunks_scored"),
            _dead(func.count(), run.run_id).label("chunks_failed"),
            _jobs(func.count(), run.run_id).label("jobs_submitted"),
            _jobs(_total(JOBS.c.rows_scored), run.run_id).label("rows_scored"),
            _jobs(_total(JOBS.c.rows_rejected), run.run_id).label("rows_rejected"),
            _dead(_total(DEAD_LETTERS.c.rows), run.run_id).label("rows_failed"),
            _in_table(target, run).label("rows_in_sql"),
            _jobs(_total(JOBS.c.rows_superseded), run.run_id).label("rows_superseded"),
            *kinds.c,
        )
    ).one()
    found = {name: int(value) for name, value in row._mapping.items()}
    rejected = {kind.value: found.pop(kind.value) for kind in Rejection}
    return StoredCounts(**found, rejected={kind: n for kind, n in rejected.items() if n})


def _kinds(run_id: str) -> Subquery:
    """One row: how many rejected rows there are of each kind."""
    known = [kind.value for kind in Rejection if kind is not Rejection.OTHER]
    kind = case(
        (REJECTED_ROWS.c.kind.in_(known), REJECTED_ROWS.c.kind), else_=Rejection.OTHER.value
    )
    of_run = select(kind.label("kind")).where(REJECTED_ROWS.c.run_id == run_id).subquery()
    counted = (_total(case((of_run.c.kind == k.value, 1), else_=0)).label(k) for k in Rejection)
    return select(*counted).subquery()


def _jobs(what: ColumnElement[int], run_id: str) -> ScalarSelect[int]:
    return select(what).select_from(JOBS).where(JOBS.c.run_id == run_id).scalar_subquery()


def _scored(run_id: str) -> ScalarSelect[int]:
    scored = and_(JOBS.c.run_id == run_id, _WHOLE)
    return select(func.count(distinct(JOBS.c.chunk))).where(scored).scalar_subquery()


def _dead(
    what: ColumnElement[int], run_id: str, also: ColumnElement[bool] | None = None
) -> ScalarSelect[int]:
    """Over the chunks that were given up and not scored, as a whole, by a straggler."""
    query = (
        select(what)
        .select_from(DEAD_LETTERS)
        .where(DEAD_LETTERS.c.run_id == run_id, ~_has_job(_WHOLE))
    )
    return (query if also is None else query.where(also)).scalar_subquery()


def _has_job(also: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    same = and_(JOBS.c.run_id == DEAD_LETTERS.c.run_id, JOBS.c.chunk == DEAD_LETTERS.c.chunk)
    query = select(JOBS.c.chunk).where(same if also is None else and_(same, also))
    return query.correlate(DEAD_LETTERS).exists()


def _in_table(target: Table, run: Run) -> ScalarSelect[int]:
    """The run's rows; its span is named only so that the index finds them."""
    inside = and_(in_span(target, run.span), target.c.run_id == run.run_id)
    return select(func.count()).select_from(target).where(inside).scalar_subquery()


def _total(column: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(column), 0)
