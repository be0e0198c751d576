"""Brings a chunk's scores from the lake into SQL, in one transaction.

Input: `JobOrder`. Output: `Upserted`.
Raises: PredictionsError, ScoresDbError, RunCancelledError, LakeError, TransientError.

Every window must come back, scored or rejected with a reason; fewer or more rows are an error, and
nothing is written: another job may do better. After the last attempt, the scores of parts that are
whole are kept, the rows of the others become a dead letter, and it is an error all the same.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from activities.chunk_parts import chunk_parts
from activities.planned_chunk import PlannedChunk, planned_chunk
from adapters.context import context
from adapters.predictions import fetch_predictions
from adapters.scores_db import Lacking
from domain import lake_paths
from domain.errors import PredictionsError
from domain.messages import JobOrder
from domain.parts import names_of, others_are_whole, unscored
from domain.requests import utc_now


def upsert_scores(payload: dict[str, Any]) -> dict[str, Any]:
    """Upserts; running it again changes nothing."""
    order = JobOrder.from_json(payload)
    run, surroundings = order.run, context()
    pipeline = surroundings.pipeline_of(run)
    planned = planned_chunk(run, order.segment, order.chunk)
    folder = lake_paths.scores_folder(run.pipeline, run.run_id, order.chunk, order.attempt)
    with tempfile.TemporaryDirectory() as temporary:
        predictions = fetch_predictions(surroundings.lake, folder, Path(temporary), pipeline)
        outputs, lacking = predictions.rows(), None
        if sum(outputs.values()) != planned.rows:
            lacking, is_exact = _lacking(order, planned, folder, outputs)
            if not is_exact or order.attempt < pipeline.model.max_attempts:
                raise PredictionsError(lacking.reason)
        done = surroundings.scores.upsert(
            pipeline, order, predictions.batches(), utc_now(), lacking=lacking
        )
    if lacking is not None:
        raise PredictionsError(lacking.reason)
    return done.to_json()


def _lacking(
    order: JobOrder, planned: PlannedChunk, folder: str, outputs: dict[str, int]
) -> tuple[Lacking, bool]:
    """What is not there, and whether it is known to be exactly the windows of some parts."""
    found = sum(outputs.values())
    told = f"{folder}: must have one row per window ({planned.rows}); has {found}"
    told += f" in {len(outputs)} file{'s' if len(outputs) != 1 else ''}"
    parts = chunk_parts(order.run, planned)
    lost = unscored(parts, outputs)
    if not lost:
        return Lacking(planned.rows - found, told), False
    rows = sum(part.rows for part in lost)
    told += f"; no scores of {names_of(lost)} ({rows} rows)"
    return Lacking(rows, told), bool(outputs) and others_are_whole(parts, lost, outputs)
