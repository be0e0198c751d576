"""The ledger of runs: what each run is doing, did, and how it ended.

A run only moves forward: Pending, Running, ended; and stage by stage. So a record that arrives late
or twice (activities run at least once) changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, select, update
from sqlalchemy.sql import Select

from adapters.scores_db.clean import cleaned
from adapters.scores_db.ledger_tables import RUNS
from adapters.scores_db.rows import RunRow
from domain.errors import RunCancelledError
from domain.messages import RunRecord
from domain.runs import RunStatus, Stage

LOCKED = "WITH (UPDLOCK, HOLDLOCK)"
"""SQL Server: keep what is read, or its absence, until the end of the transaction."""
STATUS_ORDER = (RunStatus.PENDING, RunStatus.RUNNING)
STAGE_ORDER = tuple(Stage)


def record_run(connection: Connection, record: RunRecord) -> None:
    """Inserts or updates the run's row; what is None or empty stays as it was."""
    known = _locked_row(connection, record.run.run_id)
    if known is None:
        connection.execute(insert(RUNS).values(_first(record)))
        return
    status = RunStatus(known.status)
    if status.has_ended and status is not record.status:
        return
    connection.execute(
        update(RUNS).where(RUNS.c.run_id == record.run.run_id).values(_next(known, record))
    )


def get_run(connection: Connection, run_id: str) -> RunRow | None:
    """The run, or None if the ledger does not know it."""
    row = connection.execute(select(RUNS).where(RUNS.c.run_id == run_id)).one_or_none()
    return None if row is None else run_row(row)


def list_runs(
    connection: Connection, pipeline: str | None, status: RunStatus | None, limit: int
) -> list[RunRow]:
    """The newest runs first."""
    query = select(RUNS).order_by(RUNS.c.started_at.desc(), RUNS.c.run_id.desc()).limit(limit)
    if pipeline is not None:
        query = query.where(RUNS.c.pipeline == pipeline)
    if status is not None:
        query = query.where(RUNS.c.status == status)
    return [run_row(row) for row in connection.execute(query)]


def request_cancel(connection: Connection, run_id: str, at: datetime) -> bool:
    """Cancels the run unless it has ended; whether it is cancelled now."""
    known = _locked_row(connection, run_id)
    if known is None:
        return False
    status = RunStatus(known.status)
    if not status.has_ended:
        connection.execute(
            update(RUNS)
            .where(RUNS.c.run_id == run_id)
            .values(
                status=RunStatus.CANCELLED.value,
                cancel_requested_at=at,
                updated_at=max(at, known.updated_at),
                ended_at=at,
            )
        )
        return True
    return status is RunStatus.CANCELLED


def is_cancelled(connection: Connection, run_id: str) -> bool:
    """Whether the run was cancelled; False for one that the ledger does not know."""
    query = select(RUNS.c.run_id).where(
        and_(RUNS.c.run_id == run_id, RUNS.c.status == RunStatus.CANCELLED.value)
    )
    return connection.execute(query).first() is not None


def check_not_cancelled(connection: Connection, run_id: str) -> None:
    """Raises RunCancelledError if the run was cancelled."""
    if is_cancelled(connection, run_id):
        raise RunCancelledError(run_id)


def add_count(connection: Connection, run_id: str, name: str, more: int) -> None:
    """Adds to one of the run's counts; a run that the ledger does not know has none."""
    known = _locked_row(connection, run_id)
    if known is None:
        return
    counts: dict[str, int] = json.loads(known.counts)
    told = _json(counts, {name: counts.get(name, 0) + more})
    connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(counts=told))


def locked(query: Select[Any], table: Any) -> Select[Any]:
    """The query, keeping its lock on SQL Server; SQLite's writer holds the only lock anyway."""
    return query.with_hint(table, LOCKED, dialect_name="mssql")


def run_row(row: Row[Any]) -> RunRow:
    """The run that a row of the ledger tells."""
    values = dict(row._mapping)
    values["status"], values["stage"] = RunStatus(row.status), Stage(row.stage)
    values["counts"], values["seconds"] = json.loads(row.counts), json.loads(row.seconds)
    values["facts"] = _facts(row)
    return RunRow(**values)


def _locked_row(connection: Connection, run_id: str) -> Row[Any] | None:
    query = locked(select(RUNS).where(RUNS.c.run_id == run_id), RUNS)
    return connection.execute(query).one_or_none()


def _first(record: RunRecord) -> dict[str, Any]:
    run = record.run
    return {
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        "span_from": run.start,
        "span_to": run.end,
        "revision": run.revision,
        **_request(record),
        "status": record.status.value,
        "stage": record.stage.value,
        "counts": _json({}, record.counts),
        "seconds": _json({}, record.seconds),
        "facts": _json({}, record.facts),
        "error": cleaned(record.error) if record.error else None,
        "reconciled": record.reconciled,
        "started_at": record.at,
        "updated_at": record.at,
        "ended_at": record.at if record.status.has_ended else None,
    }


def _next(known: Row[Any], record: RunRecord) -> dict[str, Any]:
    status = max(RunStatus(known.status), record.status, key=_status_rank)
    stage = max(Stage(known.stage), record.stage, key=STAGE_ORDER.index)
    values = {
        **_request(record),
        "status": status.value,
        "stage": stage.value,
        "counts": _json(json.loads(known.counts), record.counts),
        "seconds": _json(json.loads(known.seconds), record.seconds),
        "facts": _json(_facts(known), record.facts),
        "updated_at": max(known.updated_at, record.at),
    }
    if record.error:
        values["error"] = cleaned(record.error)
    if record.reconciled is not None:
        values["reconciled"] = record.reconciled
    if status.has_ended and known.ended_at is None:
        values["ended_at"] = record.at
    return values


def _facts(row: Row[Any]) -> dict[str, Any]:
    """Null in rows that are older than the column."""
    facts: dict[str, Any] = json.loads(row.facts or "{}")
    return facts


def _request(record: RunRecord) -> dict[str, Any]:
    request = record.request
    if request is None:
        return {}
    told = {"trigger_kind": request.trigger, "input": request.input}
    return {name: value for name, value in told.items() if value}


def _status_rank(status: RunStatus) -> int:
    return len(STATUS_ORDER) if status.has_ended else STATUS_ORDER.index(status)


def _json(known: Mapping[str, Any], more: Mapping[str, Any]) -> str:
    return json.dumps({**known, **more}, separators=(",", ":"))
