"""Writes what a run is doing, and how it ended, into the ledger.

Input: `RunRecord`. Output: `{}`.
Raises: TransientError, ScoresDbError, LakeError.

The first record of a run also pins the pipeline: the run goes on as it began, even if a new version
of the pipeline is deployed meanwhile. The last one is reported to Application Insights.
"""

from __future__ import annotations

from typing import Any

from adapters.context import context
from domain import lake_paths
from domain.messages import RunRecord


def record_run(payload: dict[str, Any]) -> dict[str, Any]:
    """Writes the record; safe to repeat."""
    record = RunRecord.from_json(payload)
    surroundings, run = context(), record.run
    if record.request is not None:
        path = lake_paths.pinned_pipeline(run.pipeline, run.run_id)
        surroundings.lake.write_json(path, record.request.spec)
        surroundings.scores.ensure_tables(record.request.pipeline)
    surroundings.scores.record_run(record)
    if record.status.has_ended:
        surroundings.telemetry.event("run_ended", _properties(record))
    return {}


def _properties(record: RunRecord) -> dict[str, object]:
    return {
        "pipeline": record.run.pipeline,
        "run_id": record.run.run_id,
        "revision": record.run.revision,
        "status": record.status.value,
        "error": record.error or "",
        "seconds": record.seconds.get("total", 0.0),
        **record.counts,
    }
