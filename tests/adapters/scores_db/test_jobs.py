"""The ledger of jobs and dead letters."""

from __future__ import annotations

import pytest

from adapters.scores_db import ChunkError, ChunkProgress, OpenJob, ScoresDb
from adapters.scores_db.ledger_tables import DEAD_LETTERS, JOBS
from domain.errors import ScoresDbError
from domain.messages import Failure
from domain.pipeline import Pipeline
from domain.runs import Stage
from tests.adapters.scores_db.samples import (
    AT,
    LATER,
    batch,
    row,
    rows_of,
    sample_order,
    sample_run,
)

RUN = sample_run()


def failure(chunk: int | None, reason: str = "no nodes", attempt: int = 3) -> Failure:
    """A chunk that was given up."""
    return Failure(
        run=RUN, reason=reason, stage=Stage.SCORING, chunk=chunk, attempt=attempt, final=True
    )


def test_a_job_is_recorded_once(db: ScoresDb) -> None:
    """Recording an attempt again leaves the row as it is."""
    db.record_job(sample_order(), "job-1", "NotStarted", AT)
    db.record_job(sample_order(), "job-2", "Running", LATER)
    (job,) = rows_of(db, JOBS)
    assert (job["job_name"], job["status"], job["submitted_at"]) == ("job-1", "NotStarted", AT)
    assert (job["rows_scored"], job["scored_at"]) == (0, None)


def test_a_status_is_written_when_it_changes(db: ScoresDb) -> None:
    """Status, reason and end are written down; a look that comes late changes nothing."""
    order = sample_order()
    db.record_job(order, "job-1", "NotStarted", AT)
    db.record_job_status(order, "Running", at=AT)
    db.record_job_status(order, "Failed", at=LATER, reason="out of memory", ended=True)
    db.record_job_status(order, "Running", at=LATER)
    (job,) = rows_of(db, JOBS)
    assert (job["status"], job["reason"], job["ended_at"]) == ("Failed", "out of memory", LATER)


def test_a_known_status_waits_for_no_lock(db: ScoresDb) -> None:
    """Polling a job that goes on as before does not queue behind a chunk that is written."""
    order = sample_order()
    db.record_job(order, "job-1", "Running", AT)
    with db._writing("hold the lock"):
        db.record_job_status(order, "Running", at=LATER)


def test_a_status_of_an_unknown_job_is_not_lost(db: ScoresDb) -> None:
    """An attempt that was never recorded is recorded with its status."""
    db.record_job_status(sample_order(), "Running", at=AT)
    (job,) = rows_of(db, JOBS)
    assert (job["job_name"], job["status"]) == (f"{RUN.run_id}-c00001-a1", "Running")


def test_a_dead_letter_is_recorded_once(db: ScoresDb) -> None:
    """Giving a chunk up twice is giving it up once."""
    db.record_dead_letter(failure(7), 120, AT)
    db.record_dead_letter(failure(7, "another"), 5, LATER)
    (letter,) = rows_of(db, DEAD_LETTERS)
    assert (letter["chunk"], letter["rows"], letter["attempts"]) == (7, 120, 3)
    assert (letter["reason"], letter["recorded_at"]) == ("no nodes", AT)


def test_a_dead_letter_names_its_chunk(db: ScoresDb) -> None:
    """A failure without a chunk is no dead letter."""
    with pytest.raises(ScoresDbError, match="must name its chunk"):
        db.record_dead_letter(failure(None), 1, AT)


def test_a_reason_may_hold_any_text(db: ScoresDb) -> None:
    """Lone surrogates, NULs and endless texts do not keep a failure from being recorded."""
    db.record_dead_letter(failure(1, "bad \ud800 \x00 text" + "x" * 10_000), 1, AT)
    (found,) = db.errors(RUN.run_id)
    assert found.reason.startswith("bad ?  text")
    assert len(found.reason) == 4000


def test_errors_are_told_by_chunk_and_attempt(db: ScoresDb) -> None:
    """Reasons of attempts come before the reason why the chunk was given up."""
    for chunk, attempt in ((2, 1), (1, 2), (1, 1)):
        order = sample_order(chunk=chunk, attempt=attempt)
        db.record_job_status(order, "Failed", at=AT, reason=f"r{chunk}{attempt}", ended=True)
    db.record_job(sample_order(chunk=3), "job", "Running", AT)
    db.record_dead_letter(failure(1, attempt=2), 10, AT)
    assert db.errors(RUN.run_id) == [
        ChunkError(1, 1, "r11", final=False),
        ChunkError(1, 2, "r12", final=False),
        ChunkError(1, 2, "no nodes", final=True),
        ChunkError(2, 1, "r21", final=False),
    ]
    assert len(db.errors(RUN.run_id, limit=2)) == 2
    assert db.errors("another run") == []


def test_open_jobs_are_those_without_an_end(db: ScoresDb) -> None:
    """What has to be cancelled are the attempts that have not ended."""
    db.record_job(sample_order(chunk=1), "a", "Failed", AT)
    db.record_job_status(sample_order(chunk=1), "Failed", at=AT, ended=True)
    db.record_job(sample_order(chunk=1, attempt=2), "b", "Running", AT)
    db.record_job(sample_order(sample_run(revision=2)), "c", "Running", AT)
    assert db.open_jobs(RUN.run_id) == [OpenJob(chunk=1, segment=1, attempt=2, job_name="b")]


def test_progress_counts_each_chunk_once(db: ScoresDb, pipeline: Pipeline) -> None:
    """A chunk is scored, failed or running, however many attempts there were."""
    for chunk, attempt in ((1, 1), (1, 2), (2, 1), (3, 1)):
        db.record_job(sample_order(chunk=chunk, attempt=attempt), "job", "Running", AT)
    db.upsert(
        pipeline, sample_order(chunk=1, attempt=2), [batch([row(), row("d2", score=None)])], AT
    )
    db.record_dead_letter(failure(2), 10, AT)
    db.record_dead_letter(failure(9), 10, AT)
    assert db.progress(RUN.run_id) == ChunkProgress(
        jobs_submitted=4, running=1, scored=1, failed=2, rows_scored=1, rows_rejected=1
    )


def test_a_scored_chunk_has_not_failed(db: ScoresDb, pipeline: Pipeline) -> None:
    """A chunk that was given up and then scored by a straggler counts as scored only."""
    db.record_dead_letter(failure(1), 1, AT)
    db.upsert(pipeline, sample_order(), [batch([row()])], AT)
    progress = db.progress(RUN.run_id)
    assert (progress.scored, progress.failed, progress.running) == (1, 0, 0)
