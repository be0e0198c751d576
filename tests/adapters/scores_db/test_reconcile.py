"""Counting what the database holds of a run."""

from __future__ import annotations

from sqlalchemy import update

from adapters.scores_db import Lacking, ScoresDb
from adapters.scores_db.ledger_tables import REJECTED_ROWS
from domain.messages import Failure, StoredCounts
from domain.pipeline import Pipeline
from domain.runs import Stage
from tests.adapters.scores_db.samples import (
    AT,
    LATER,
    assert_balanced,
    batch,
    row,
    sample_order,
    sample_run,
)

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
        rejected={"nan": 1},
    )


def test_rejected_rows_are_counted_by_kind(db: ScoresDb, pipeline: Pipeline) -> None:
    """By what the model says, and by our own rules; what older versions wrote is `other`."""
    said = ["unknown key", "schema: no value", "model error: burst", "nan: score", "no idea", "nan"]
    rows = [row(f"d{n}", rejected_reason=reason) for n, reason in enumerate(said)]
    db.upsert(pipeline, sample_order(), [batch([*rows, row(), row(), row("x", odd=None)])], AT)
    expected = {"unknown key": 1, "schema": 2, "model error": 1, "nan": 3, "other": 1}
    assert db.reconcile(RUN, pipeline).rejected == expected
    with db._engine.begin() as connection:
        connection.execute(update(REJECTED_ROWS).values(kind=None))
    assert db.reconcile(RUN, pipeline).rejected == {"other": 8}


def test_a_chunk_that_was_scored_in_part_has_failed(db: ScoresDb, pipeline: Pipeline) -> None:
    """Its rows are scored, rejected or in its dead letter; doing it again changes nothing."""
    lacking, order = Lacking(7, "no scores of part-001"), sample_order(attempt=3)
    rows = [batch([row(), row("d2"), row("x", odd=None)])]
    done = db.upsert(pipeline, order, rows, AT, lacking=lacking)
    assert (done.rows_scored, done.rows_rejected) == (2, 1)
    found = db.reconcile(RUN, pipeline)
    assert (found.chunks_scored, found.chunks_failed) == (0, 1)
    assert (found.rows_scored, found.rows_rejected, found.rows_failed) == (2, 1, 7)
    db.record_job_status(order, "Failed", reason="again", ended=True, at=LATER)
    failure = Failure(run=RUN, reason="again", stage=Stage.SCORING, chunk=1, attempt=3)
    db.record_dead_letter(failure, 10, LATER)
    assert db.upsert(pipeline, order, rows, LATER, lacking=lacking) == done
    assert db.upsert(pipeline, sample_order(attempt=2), rows, LATER) == done
    assert db.reconcile(RUN, pipeline) == found.model_copy(update={"jobs_submitted": 2})
    progress = db.progress(RUN.run_id)
    assert (progress.running, progress.scored, progress.failed) == (0, 0, 1)
    assert db.errors(RUN.run_id)[-1].reason == "no scores of part-001"
    assert db.scored_attempts(RUN.run_id) == [(1, 3)]


def test_a_part_that_comes_after_the_dead_letter_is_taken_off_it(
    db: ScoresDb, pipeline: Pipeline
) -> None:
    """Whichever is written first, a row stands once in the books."""
    failure = Failure(run=RUN, reason="away", stage=Stage.SCORING, chunk=1, attempt=3)
    db.record_dead_letter(failure, 9, AT)
    db.upsert(pipeline, sample_order(), [batch([row()])], AT, lacking=Lacking(8, "lacking"))
    found = db.reconcile(RUN, pipeline)
    assert (found.rows_scored, found.rows_failed, found.chunks_failed) == (1, 8, 1)


def test_a_newer_revision_scores_what_was_lacking(db: ScoresDb, pipeline: Pipeline) -> None:
    """And takes over the rows that were kept; the older run stays balanced."""
    db.upsert(pipeline, sample_order(), [batch([row()])], AT, lacking=Lacking(1, "lacking"))
    newer = sample_run(revision=2)
    db.upsert(pipeline, sample_order(newer), [batch([row(), row("d2")])], LATER)
    assert_balanced(db, pipeline, RUN, newer)
    assert db.reconcile(newer, pipeline).rows_in_sql == 2


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
