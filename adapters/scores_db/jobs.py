"""The ledger of jobs: each attempt at each chunk, and the chunks that were given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy import Table as SqlTable

from adapters.scores_db.clean import cleaned
from adapters.scores_db.ledger import locked
from adapters.scores_db.ledger_tables import DEAD_LETTERS, JOBS
from adapters.scores_db.rows import ChunkError, JobFacts, OpenJob
from domain.errors import ScoresDbError
from domain.messages import Failure, JobOrder
from domain.runs import job_name

SUBMITTED = "NotStarted"
NOTHING_NEW = JobFacts()
FACTS = tuple(field.name for field in fields(JobFacts))


def record_job(
    connection: Connection, order: JobOrder, name: str, status: str, at: datetime
) -> None:
    """Writes down an attempt, unless it is there."""
    values = {
        "run_id": order.run.run_id,
        "chunk": order.chunk,
        "attempt": order.attempt,
        "segment": order.segment,
        "job_name": name,
        "status": status,
        "rows_scored": 0,
        "rows_rejected": 0,
        "rows_superseded": 0,
        "submitted_at": at,
    }
    _insert_absent(connection, JOBS, values)


def ensure_job(connection: Connection, order: JobOrder, at: datetime) -> None:
    """Writes down an attempt that nobody wrote down when it was submitted."""
    name = job_name(order.run.run_id, order.chunk, order.attempt)
    record_job(connection, order, name, SUBMITTED, at)


def job_facts(connection: Connection, order: JobOrder) -> JobFacts:
    """What is known of an attempt's size and times."""
    columns = [JOBS.c[name] for name in FACTS]
    row = connection.execute(select(*columns).where(_is(order))).one_or_none()
    return NOTHING_NEW if row is None else JobFacts(**row._mapping)


def job_change(
    connection: Connection,
    order: JobOrder,
    status: str,
    reason: str | None,
    facts: JobFacts = NOTHING_NEW,
    *,
    ended: bool,
) -> bool:
    """Whether recording this would change anything: a look that takes no lock."""
    row = connection.execute(select(JOBS).where(_is(order))).one_or_none()
    if row is None:
        return True
    return bool(_new_facts(row, facts)) or _change(row, status, reason, ended=ended)


def record_job_status(
    connection: Connection,
    order: JobOrder,
    status: str,
    *,
    at: datetime,
    reason: str | None,
    ended: bool,
    facts: JobFacts = NOTHING_NEW,
) -> None:
    """Writes down how an attempt is; what is older than what is known changes nothing.

    What is known of its size and times stays as it was first written.
    """
    ensure_job(connection, order, at)
    row = connection.execute(locked(select(JOBS).where(_is(order)), JOBS)).one()
    values = _new_facts(row, facts)
    if _change(row, status, reason, ended=ended):
        values["status"] = status
        if reason:
            values["reason"] = cleaned(reason)
        if ended and row.ended_at is None:
            values["ended_at"] = at
    if values:
        connection.execute(update(JOBS).where(_is(order)).values(values))


def add_superseded(connection: Connection, lost: Mapping[tuple[str, int], int]) -> None:
    """Tells the jobs that had written rows, by run and chunk, how many of them are gone."""
    if not lost:
        return
    statement = (
        update(JOBS)
        .where(
            JOBS.c.run_id == bindparam("owner"),
            JOBS.c.chunk == bindparam("written_by"),
            JOBS.c.scored_at.is_not(None),
        )
        .values(rows_superseded=JOBS.c.rows_superseded + bindparam("lost"))
    )
    connection.execute(
        statement,
        [
            {"owner": run_id, "written_by": chunk, "lost": rows}
            for (run_id, chunk), rows in sorted(lost.items())  # all writers lock in one order
        ],
    )


def record_dead_letter(connection: Connection, failure: Failure, rows: int, at: datetime) -> None:
    """Writes down that a chunk was given up, unless that is known."""
    if failure.chunk is None:
        raise ScoresDbError("a dead letter must name its chunk; got none")
    values = {
        "run_id": failure.run.run_id,
        "chunk": failure.chunk,
        "pipeline": failure.run.pipeline,
        "attempts": failure.attempt or 0,
        "rows": rows,
        "reason": cleaned(failure.reason),
        "recorded_at": at,
    }
    _insert_absent(connection, DEAD_LETTERS, values)


def open_jobs(connection: Connection, run_id: str) -> list[OpenJob]:
    """The attempts that have not ended, by chunk and attempt."""
    query = (
        select(JOBS.c.chunk, JOBS.c.segment, JOBS.c.attempt, JOBS.c.job_name)
        .where(JOBS.c.run_id == run_id, JOBS.c.ended_at.is_(None))
        .order_by(JOBS.c.chunk, JOBS.c.attempt)
    )
    return [OpenJob(**row._mapping) for row in connection.execute(query)]


def errors(connection: Connection, run_id: str, limit: int) -> list[ChunkError]:
    """Why attempts failed and chunks were given up, by chunk and attempt."""
    jobs = (
        select(JOBS.c.chunk, JOBS.c.attempt, JOBS.c.reason)
        .where(JOBS.c.run_id == run_id, JOBS.c.reason.is_not(None))
        .order_by(JOBS.c.chunk, JOBS.c.attempt)
        .limit(limit)
    )
    dead = (
        select(
            DEAD_LETTERS.c.chunk, DEAD_LETTERS.c.attempts.label("attempt"), DEAD_LETTERS.c.reason
        )
        .where(DEAD_LETTERS.c.run_id == run_id)
        .order_by(DEAD_LETTERS.c.chunk)
        .limit(limit)
    )
    found = [ChunkError(**row._mapping, final=False) for row in connection.execute(jobs)]
    found += [ChunkError(**row._mapping, final=True) for row in connection.execute(dead)]
    return sorted(found, key=lambda e: (e.chunk, e.final, e.attempt))[:limit]


def _new_facts(row: Row[Any], facts: JobFacts) -> dict[str, Any]:
    told = {name: getattr(facts, name) for name in FACTS}
    known = row._mapping
    return {n: value for n, value in told.items() if value is not None and known[n] is None}


def _change(row: Row[Any], status: str, reason: str | None, *, ended: bool) -> bool:
    if row.scored_at is not None or (row.ended_at is not None and not ended):
        return False
    new_reason = bool(reason) and cleaned(str(reason)) != row.reason
    return new_reason or status != row.status or (ended and row.ended_at is None)


def _is(order: JobOrder) -> ColumnElement[bool]:
    return and_(
        JOBS.c.run_id == order.run.run_id,
        JOBS.c.chunk == order.chunk,
        JOBS.c.attempt == order.attempt,
    )


def _insert_absent(connection: Connection, table: SqlTable, values: dict[str, Any]) -> None:
    """One statement, so that two writers cannot both find the row absent."""
    key = and_(*(column == values[column.name] for column in table.primary_key.columns))
    there = locked(select(literal_column("1")).select_from(table).where(key), table).exists()
    row = select(*(literal(v, table.c[name].type).label(name) for name, v in values.items())).where(
        ~there
    )
    connection.execute(insert(table).from_select(list(values), row, include_defaults=False))
