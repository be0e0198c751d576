"""Writes a chunk's scores, set by set, in one transaction: all of them or none.

1. Lock the chunk. If an attempt at it was written already, that is the answer: nothing changes.
2. Stage the predictions; rows that break a rule go to `rejected_rows`.
3. Look which of the staged rows are in the table already, and whose they are.
4. Update rows of the same or an older revision; insert those that are not there; leave newer ones.
5. Empty the staging table, and tell the jobs: this one what it scored, others what they lost.

A chunk whose last job lacks the scores of some parts is written in part: the rows that are there,
and a dead letter for the others, in the same transaction. It counts as failed, not as scored.

Two databases, one wording: `UPDATE ... FROM` and `INSERT ... WHERE NOT EXISTS` mean the same on
SQLite and on SQL Server, where MERGE is known to go wrong under concurrency. On SQL Server a hint
on step 3 keeps the rows, and the gaps where rows are absent, as they were seen until the commit;
SQLite has one writer at a time.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.sql import Select

from adapters.scores_db.clean import cleaned
from adapters.scores_db.jobs import add_superseded, ensure_job, record_dead_letter
from adapters.scores_db.ledger import check_not_cancelled, locked
from adapters.scores_db.ledger_tables import DEAD_LETTERS, JOBS
from adapters.scores_db.score_tables import score_tables
from adapters.scores_db.staging import reject_staged, stage
from adapters.scores_db.statements import (
    elsewhere_statement,
    insert_statement,
    look_statement,
    update_statement,
)
from adapters.scores_db.work import Lacking, Tally, Work
from domain.messages import Failure, JobOrder, Upserted
from domain.pipeline import Pipeline
from domain.rejections import Rejection, because
from domain.runs import Stage

COMPLETED = "Completed"
PARTLY_SCORED = "PartlyScored"
"""The ledger's own status of a job that completed without the scores of some parts, and was the
last attempt: what it scored was kept."""
ELSEWHERE = because(
    Rejection.SCHEMA, "the same key and window_end was scored by chunk {} of this run"
)


@dataclass
class Overlap:
    """How many of the staged rows are in the table already: newer ones, our own, and others'."""

    newer: int = 0
    twice: int = 0
    mine: int = 0
    others: dict[tuple[str, int], int] = field(default_factory=dict)

    @property
    def replaced(self) -> int:
        """How many rows of the table will be updated."""
        return self.mine + sum(self.others.values())


def scored(connection: Connection, order: JobOrder) -> Upserted | None:
    """What an attempt at this chunk has written already, if one has."""
    query = select(JOBS.c.rows_scored, JOBS.c.rows_rejected, JOBS.c.rows_superseded).where(
        _of_chunk(order.run.run_id, order.chunk), JOBS.c.scored_at.is_not(None)
    )
    row = connection.execute(query).first()
    return None if row is None else Upserted(**row._mapping)


def upsert(
    connection: Connection,
    pipeline: Pipeline,
    order: JobOrder,
    batches: Iterable[pa.RecordBatch],
    at: datetime,
    lacking: Lacking | None = None,
) -> Upserted:
    """Writes the scores of a chunk, unless they are written; without those that are `lacking`.

    Raises PredictionsError for a wrong schema, RunCancelledError if the run was cancelled; then the
    caller's transaction must be rolled back.
    """
    ensure_job(connection, order, at)
    connection.execute(_lock_chunk(order)).all()
    if (known := scored(connection, order)) is not None:
        _end_job(connection, order, at)
        return known
    check_not_cancelled(connection, order.run.run_id)
    work = Work(pipeline, order, score_tables(pipeline), uuid.uuid4().hex)
    tally = stage(connection, work, batches)
    overlap = _look(connection, work)
    if overlap.twice:  # planned twice: the chunk that was first keeps the window
        reject_staged(connection, work, elsewhere_statement(work), ELSEWHERE, tally)
    _write(connection, work, tally, overlap, at)
    done = Upserted(
        rows_scored=tally.staged, rows_rejected=tally.rejected, rows_superseded=overlap.newer
    )
    _settle(connection, order, done, overlap, at)
    if lacking is not None:
        _give_up_rows(connection, order, lacking, at)
    check_not_cancelled(connection, order.run.run_id)
    return done


def _look(connection: Connection, work: Work) -> Overlap:
    overlap, run = Overlap(), work.order.run
    for owner, chunk, revision, rows in connection.execute(look_statement(work)):
        if revision > run.revision:
            overlap.newer += rows
        elif owner != run.run_id:
            overlap.others[owner, chunk] = rows
        elif chunk != work.order.chunk:
            overlap.twice += rows
        else:
            overlap.mine += rows
    return overlap


def _write(
    connection: Connection, work: Work, tally: Tally, overlap: Overlap, at: datetime
) -> None:
    if overlap.replaced:
        connection.execute(update_statement(work, at))
    if tally.staged > overlap.replaced + overlap.newer:
        connection.execute(insert_statement(work, at))
    if tally.staged:
        connection.execute(delete(work.tables.staging).where(work.staged))


def _settle(
    connection: Connection, order: JobOrder, done: Upserted, overlap: Overlap, at: datetime
) -> None:
    """Every row of every job is accounted for: see `counts.reconcile`."""
    values = {"status": COMPLETED, "scored_at": at, **done.model_dump()}
    connection.execute(
        update(JOBS)
        .where(_of_attempt(order))
        .values(
            **values, ended_at=func.coalesce(JOBS.c.ended_at, literal(at, JOBS.c.ended_at.type))
        )
    )
    add_superseded(connection, overlap.others)


def _give_up_rows(connection: Connection, order: JobOrder, lacking: Lacking, at: datetime) -> None:
    """A dead letter for the rows that nobody scored, also where one for the chunk is there."""
    failure = Failure(
        run=order.run,
        reason=lacking.reason,
        stage=Stage.SCORING,
        segment=order.segment,
        chunk=order.chunk,
        attempt=order.attempt,
        final=True,
    )
    record_dead_letter(connection, failure, lacking.rows, at)
    same = and_(DEAD_LETTERS.c.run_id == order.run.run_id, DEAD_LETTERS.c.chunk == order.chunk)
    connection.execute(update(DEAD_LETTERS).where(same).values(rows=lacking.rows))
    connection.execute(
        update(JOBS)
        .where(_of_attempt(order))
        .values(status=PARTLY_SCORED, reason=cleaned(lacking.reason))
    )


def _end_job(connection: Connection, order: JobOrder, at: datetime) -> None:
    """An attempt that found the chunk scored by another has nothing more to do."""
    open_job = and_(_of_attempt(order), JOBS.c.ended_at.is_(None))
    connection.execute(update(JOBS).where(open_job).values(status=COMPLETED, ended_at=at))


def _lock_chunk(order: JobOrder) -> Select[tuple[int]]:
    return locked(select(JOBS.c.attempt).where(_of_chunk(order.run.run_id, order.chunk)), JOBS)


def _of_chunk(run_id: str, chunk: int) -> ColumnElement[bool]:
    return and_(JOBS.c.run_id == run_id, JOBS.c.chunk == chunk)


def _of_attempt(order: JobOrder) -> ColumnElement[bool]:
    return and_(_of_chunk(order.run.run_id, order.chunk), JOBS.c.attempt == order.attempt)
