"""Measures the quality of a run's data and scores, and how far they drifted from the training data.

Input: `Run`. Output: `Measured`.
Raises: ScoresDbError, LakeError, TransientError.

The scoring jobs have counted; their notes are added up, compared with the pipeline's thresholds,
and written to the table `quality`, where the run's rows of an earlier call are replaced. A note
that cannot be used is a warning.
"""

from __future__ import annotations

from typing import Any

from adapters.context import context
from adapters.quality_notes import read_notes
from domain.messages import Run
from domain.quality import Gathered
from domain.quality_warnings import QualityWarning, judge, summary
from domain.requests import utc_now


def measure_quality(payload: dict[str, Any]) -> dict[str, Any]:
    """Measures and tells; safe to repeat."""
    run, surroundings = Run.from_json(payload), context()
    pipeline, scores = surroundings.pipeline_of(run), surroundings.scores
    plain = pipeline.model.predictions
    gathered = Gathered()
    attempts = scores.scored_attempts(run.run_id)
    for note in read_notes(surroundings.lake, run, attempts, plain.file if plain else None):
        if note.content is None:
            gathered.missing += 1
        elif isinstance(note.content, str):
            gathered.refuse(note.path, note.content)
        else:
            gathered.add(note.path, note.content)
    measures = gathered.measures()
    scores.replace_quality(run, measures, utc_now())
    progress = scores.progress(run.run_id)
    warnings = judge(
        gathered,
        measures,
        pipeline.quality,
        rows_scored=progress.rows_scored,
        rows_rejected=progress.rows_rejected,
    )
    _tell(run, warnings)
    return summary(gathered, measures, pipeline.quality, warnings).to_json()


def _tell(run: Run, warnings: list[QualityWarning]) -> None:
    """One event for each column, and one for the run as a whole."""
    for column in dict.fromkeys(warning.column for warning in warnings):
        context().telemetry.event(
            "quality_warning",
            {
                "pipeline": run.pipeline,
                "run_id": run.run_id,
                "revision": run.revision,
                "column": column,
                "reason": "; ".join(w.text for w in warnings if w.column == column),
            },
        )
