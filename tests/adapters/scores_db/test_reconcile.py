"""Counting what the database holds of a run."""

from __future__ import annotations

from adapters.scores_db import ScoresDb
from domain.messages import Failure, StoredCounts
from domain.pipeline import Pipeline
from domain.runs import Stage
from tests.adapters.scores_db.samples import AT, batch, row, sample_order, sample_run

RUN = sample_run()
NOTHING = StoredCounts.model_validate(
    dict.fromkeys(StoredCounts.model_fields, 0) | {"rejected": {}}
)


def test_a_run_without_chunks_counts_nothing(db: ScoresDb, pipeline: Pipeline) -> None:
    """All numbers are zero before anything happened."""
    assert db.reconcile(RUN, pipeline) == NOTHING


def test_every_window_is_scored_rejected_or_failed(db: ScoresDb, pipeline: Pipeline) -> None:
    """The three numbers add up to the windows, and what was scored is in the table."""
    good = [row(f"d{n}") for n in range(5)]
    db.upsert(pipeline, sample_order(chunk=1), [batch([*good, row("x", odd=None)])], AT)
    db.record_job(sample_order(chunk=2), "job", "Failed", AT)
    db.record_dead_letter(
        Failure(run=RUN, reason="no nodes", stage=Stage.SCORING, chunk=2, attempt=1), 40, AT
    )
    assert db.reconcile(RUN, pipeline) == StoredCounts(
        chunks_scored=1,
        chunks_failed=1,
        jobs_submitted=2,
        rows_scored=5,
        rows_rejected=1,
        rows_failed=40,
        rows_in_sql=5,
        rows_superseded=0,
    )


def test_a_straggler_takes_its_chunk_off_the_failed(db: ScoresDb, pipeline: Pipeline) -> None:
    """Rows of a chunk that was given up but scored in the end are counted once."""
    failure = Failure(run=RUN, reason="lost", stage=Stage.SCORING, chunk=1, attempt=1)
    db.record_dead_letter(failure, 1, AT)
    db.upsert(pipeline, sample_order(), [batch([row()])], AT)
    counts = db.reconcile(RUN, pipeline)
    assert (counts.chunks_failed, counts.rows_failed, counts.rows_scored) == (0, 0, 1)


def test_other_runs_do_not_count(db: ScoresDb, pipeline: Pipeline) -> None:
    """Only what this run wrote is its own."""
    db.upsert(pipeline, sample_order(sample_run(first=1)), [], AT)
    db.upsert(pipeline, sample_order(sample_run(revision=2)), [batch([row()])], AT)
    assert db.reconcile(RUN, pipeline) == NOTHING
