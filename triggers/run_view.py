"""A run as callers see it: the ledger, the jobs, and the stage that the orchestration is in."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

import azure.durable_functions as df

from adapters.context import context
from adapters.scores_db import RunRow
from domain.runs import RunStatus, Stage
from domain.spans import iso
from triggers.accepted import request_of
from triggers.problems import UnknownRunError


def run_line(row: RunRow) -> dict[str, Any]:
    """One run of a list."""
    return {
        "run_id": row.run_id,
        "pipeline": row.pipeline,
        "from": iso(row.span_from),
        "to": iso(row.span_to),
        "revision": row.revision,
        "status": row.status.value,
        "stage": row.stage.value,
        "trigger": row.trigger_kind,
        "input": row.input,
        "counts": row.counts,
        "error": row.error,
        "started_at": iso(row.started_at),
        "ended_at": iso(row.ended_at) if row.ended_at else None,
    }


async def run_details(client: df.DurableOrchestrationClient, run_id: str) -> dict[str, Any]:
    """All about one run. Raises UnknownRunError."""
    row = await asyncio.to_thread(context().scores.get_run, run_id)
    status = await client.get_status(run_id, show_input=row is None)
    if row is None:
        return _not_yet_recorded(status, run_id)
    line = run_line(row)
    progress = await asyncio.to_thread(context().scores.progress, run_id)
    errors = await asyncio.to_thread(context().scores.errors, run_id)
    if status and isinstance(status.custom_status, dict) and not row.status.has_ended:
        # Newer than the ledger, which is only written at the end of a stage.
        line["stage"] = status.custom_status.get("stage", line["stage"])
        line["counts"] = line["counts"] | status.custom_status.get("counts", {})
    counted = {
        "jobs_submitted": progress.jobs_submitted,
        "rows_scored": progress.rows_scored,
        "rows_rejected": progress.rows_rejected,
    }
    done = progress.running + progress.scored + progress.failed
    chunks = {
        "queued": max(0, line["counts"].get("chunks", 0) - done),
        "running": progress.running,
        "scored": progress.scored,
        "failed": progress.failed,
    }
    return {
        **line,
        # Until the run is reconciled, what was upserted is what is in SQL.
        "counts": {"rows_in_sql": progress.rows_scored, **line["counts"], **counted},
        "chunks": chunks,
        "errors": [asdict(error) for error in errors],
        "seconds": row.seconds,
        "facts": row.facts,
        "reconciled": row.reconciled,
    }


def _not_yet_recorded(status: df.DurableOrchestrationStatus, run_id: str) -> dict[str, Any]:
    """A run that was accepted a moment ago: its first activity has not written the ledger yet."""
    request = request_of(status)
    if request is None:
        raise UnknownRunError(run_id)
    run = request.run
    return {
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        "from": iso(run.start),
        "to": iso(run.end),
        "revision": run.revision,
        "status": RunStatus.PENDING.value,
        "stage": Stage.LISTING.value,
        "trigger": request.trigger,
        "input": request.input,
        "counts": {},
        "error": None,
        "started_at": None,
        "ended_at": None,
        "chunks": {"queued": 0, "running": 0, "scored": 0, "failed": 0},
        "errors": [],
        "seconds": {},
        "facts": {},
        "reconciled": None,
    }
