"""Reports a failure to Application Insights; one that is final becomes a dead letter as well.

Input: `Failure`. Output: `{}`.
Raises: ScoresDbError, LakeError, TransientError.

The dead letter of a chunk says what was to be scored, where the last attempt wrote, and why it was
given up: all that a replay needs.
"""

from __future__ import annotations

from typing import Any

from activities.planned_chunk import planned_chunk
from adapters.context import context
from domain import lake_paths
from domain.messages import Failure, JobOrder
from domain.requests import utc_now


def report_failure(payload: dict[str, Any]) -> dict[str, Any]:
    """Reports and records; safe to repeat."""
    failure = Failure.from_json(payload)
    if failure.chunk is not None and failure.attempt is not None:
        _record_attempt(failure)
        if failure.final:
            _bury(failure)
    context().telemetry.failure(failure.reason, _properties(failure))
    return {}


def _record_attempt(failure: Failure) -> None:
    order = JobOrder(
        run=failure.run,
        segment=failure.segment or 0,
        chunk=failure.chunk or 0,
        attempt=failure.attempt or 0,
    )
    context().scores.record_job_status(
        order, "Failed", reason=failure.reason, ended=True, at=utc_now()
    )


def _bury(failure: Failure) -> None:
    run, chunk = failure.run, failure.chunk or 0
    planned = planned_chunk(run, failure.segment or 0, chunk)
    letter = {
        **failure.to_json(),
        "windows": planned.folder,
        "rows": planned.rows,
        "scores": lake_paths.scores_folder(run.pipeline, run.run_id, chunk, failure.attempt or 0),
    }
    context().lake.write_json(lake_paths.dead_letter(run.pipeline, run.run_id, chunk), letter)
    context().scores.record_dead_letter(failure, planned.rows, utc_now())


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
