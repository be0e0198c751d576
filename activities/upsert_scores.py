"""Brings a chunk's scores from the lake into SQL, in one transaction.

Input: `JobOrder`. Output: `Upserted`.
Raises: PredictionsError, ScoresDbError, RunCancelledError, LakeError, TransientError.

Every window must come back, scored or rejected with a reason; fewer or more rows are an error
before anything is written.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from activities.planned_chunk import planned_chunk
from adapters.context import context
from adapters.predictions import Predictions
from domain import lake_paths
from domain.errors import PredictionsError
from domain.messages import JobOrder
from domain.requests import utc_now


def upsert_scores(payload: dict[str, Any]) -> dict[str, Any]:
    """Upserts; running it again changes nothing."""
    order = JobOrder.from_json(payload)
    run, surroundings = order.run, context()
    expected = planned_chunk(run, order.segment, order.chunk).rows
    folder = lake_paths.scores_folder(run.pipeline, run.run_id, order.chunk, order.attempt)
    with tempfile.TemporaryDirectory() as temporary:
        predictions = Predictions(surroundings.lake, folder, Path(temporary))
        found = predictions.rows()
        if found != expected:
            raise PredictionsError(
                f"{folder}: must have one row per window ({expected}); has {found} "
                f"in {len(predictions.files)} parquet files"
            )
        pipeline, batches = surroundings.pipeline_of(run), predictions.batches()
        return surroundings.scores.upsert(pipeline, order, batches, utc_now()).to_json()
