"""Reports a failure to Application Insights; one that is final becomes a dead letter as well.

Input: `Failure`. Output: `{}`.
Raises: ScoresDbError, LakeError, TransientError.

The dead letter of a chunk says which parts were not scored and how many rows they hold, where the
last attempt wrote, and why it was given up: all that a replay needs.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from activities.chunk_parts import chunk_parts
from activities.planned_chunk import planned_chunk
from adapters.context import context
from domain import lake_paths
from domain.messages import Failure, JobOrder
from domain.parts import unscored
from domain.requests import utc_now


def report_failure(payload: dict[str, Any]) -> dict[str, Any]:
    """Reports and records; safe to repeat."""
    failure = Failure.from_json(payload)
    if failure.chunk is not None and failure.attempt is not None:
        order = JobOrder(
            run=failure.run,
            segment=failure.segment or 0,
            chunk=failure.chunk,
            attempt=failure.attempt,
        )
        context().scores.record_job_status(
            order, "Failed", reason=failure.reason, ended=True, at=utc_now()
        )
        if failure.final:
            _bury(failure, order)
    context().telemetry.failure(failure.reason, _properties(failure))
    return {}


def _bury(failure: Failure, order: JobOrder) -> None:
    run, planned = failure.run, planned_chunk(failure.run, order.segment, order.chunk)
    scores = lake_paths.scores_folder(run.pipeline, run.run_id, order.chunk, order.attempt)
    parts, rows = chunk_parts(run, planned), planned.rows
    if (kept := context().scores.scored(order)) is not None:  # what was there was kept
        outputs = [file.path.removeprefix(scores) for file in context().lake.list(scores)]
        lost = unscored(parts, [name for name in outputs if name.endswith(".parquet")])
        parts, rows = lost or [], rows - kept.rows_scored - kept.rows_rejected
    letter = {
        **failure.to_json(),
        "windows": planned.folder,
        "rows": rows,
        "parts": [asdict(part) for part in parts],
        "scores": scores,
    }
    context().lake.write_json(lake_paths.dead_letter(run.pipeline, run.run_id, order.chunk), letter)
    context().scores.record_dead_letter(failure, rows, utc_now())


def _properties(failure: Failure) -> dict[str, object]:
    return {
        "pipeline": failure.run.pipeline,
        "run_id": failure.run.run_id,
        "revision": failure.run.revision,
        "stage": failure.stage.value,
        "chunk": failure.chunk,
        "attempt": failure.attempt,
        "final": failure.final,
        "reason": failure.reason,
    }
