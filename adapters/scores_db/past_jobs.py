"""What the ledger knows of jobs that are over: what they took, and what they used."""

from __future__ import annotations

from sqlalchemy import Connection, select

from adapters.scores_db.ledger_tables import JOBS, RUNS
from domain.job_times import PastJob
from domain.metering import JobUse

NEWEST = 200
"""Older jobs say little about the model of today."""


def past_jobs(connection: Connection, pipeline: str, limit: int) -> list[PastJob]:
    """The pipeline's newest scored jobs whose size and times are known, newest first."""
    columns = [
        JOBS.c[name]
        for name in ("run_id", "rows", "instances", "submitted_at", "running_at", "finished_at")
    ]
    known = [JOBS.c[name].is_not(None) for name in ("scored_at", "rows", "running_at")]
    query = (
        select(*columns)
        .join(RUNS, RUNS.c.run_id == JOBS.c.run_id)
        .where(RUNS.c.pipeline == pipeline, JOBS.c.finished_at.is_not(None), *known)
        .order_by(JOBS.c.submitted_at.desc(), JOBS.c.run_id, JOBS.c.chunk)
        .limit(limit)
    )
    return [
        PastJob(**{**row._mapping, "instances": row.instances or 1})
        for row in connection.execute(query)
    ]


def job_uses(connection: Connection, run_id: str) -> list[JobUse]:
    """Every attempt of a run, by chunk and attempt."""
    query = (
        select(JOBS.c.instances, JOBS.c.running_at, JOBS.c.finished_at, JOBS.c.ended_at)
        .where(JOBS.c.run_id == run_id)
        .order_by(JOBS.c.chunk, JOBS.c.attempt)
    )
    return [
        JobUse(row.instances, row.running_at, row.finished_at or row.ended_at)
        for row in connection.execute(query)
    ]
