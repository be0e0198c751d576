"""What the ledger knows of jobs that are over."""

from __future__ import annotations

from datetime import timedelta

from adapters.scores_db import JobFacts, ScoresDb
from domain.job_times import PastJob
from domain.messages import JobOrder
from domain.metering import JobUse
from domain.pipeline import Pipeline
from tests.adapters.scores_db.samples import (
    AT,
    LATER,
    batch,
    row,
    sample_order,
    sample_record,
    sample_run,
)

RAN = AT + timedelta(seconds=30)
DONE = AT + timedelta(seconds=90)
FACTS = JobFacts(rows=100, instances=2, running_at=RAN, finished_at=DONE)


def finished(db: ScoresDb, pipeline: Pipeline, order: JobOrder, facts: JobFacts = FACTS) -> None:
    """A job that ran and was scored."""
    db.record_run(sample_record(run=order.run))
    db.record_job(order, "job", "NotStarted", AT)
    db.record_job_status(order, "Completed", at=DONE, ended=True, facts=facts)
    db.upsert(pipeline, order, [batch([row(device=f"d{order.chunk}")])], LATER)


def test_facts_stay_as_they_were_first_told(db: ScoresDb) -> None:
    """Each is written when it is known, and a later look does not change it."""
    order = sample_order()
    assert db.job_facts(order) == JobFacts()
    db.record_job(order, "job", "NotStarted", AT)
    db.record_job_status(order, "Running", at=RAN, facts=JobFacts(100, 2, RAN))
    db.record_job_status(order, "Running", at=LATER, facts=JobFacts(7, 7, LATER))
    assert db.job_facts(order) == JobFacts(100, 2, RAN)
    db.record_job_status(order, "Completed", at=LATER, ended=True, facts=FACTS)
    assert db.job_facts(order) == FACTS


def test_a_look_with_nothing_new_waits_for_no_lock(db: ScoresDb) -> None:
    """Facts that are known already are not written again."""
    order = sample_order()
    db.record_job(order, "job", "Running", AT)
    db.record_job_status(order, "Running", at=RAN, facts=JobFacts(100, 2, RAN))
    with db._writing("keep the lock"):
        db.record_job_status(order, "Running", at=LATER, facts=JobFacts(100, 2, RAN))


def test_past_jobs_are_scored_ones_with_times_newest_first(
    db: ScoresDb, pipeline: Pipeline
) -> None:
    """Not those of other pipelines, nor of the time before times were noted."""
    older, newer = sample_run(), sample_run(first=1)
    finished(db, pipeline, sample_order(older))
    finished(db, pipeline, sample_order(older, chunk=2), JobFacts())
    finished(db, pipeline, sample_order(newer), JobFacts(50, None, RAN, DONE))
    other = sample_run(pipeline="other")
    finished(db, pipeline, sample_order(other, chunk=3))
    db.record_job_status(sample_order(older, chunk=4), "Running", at=RAN, facts=FACTS)
    ids = {job.run_id: job for job in db.past_jobs("fleet")}
    assert ids == {
        older.run_id: PastJob(older.run_id, 100, 2, AT, RAN, DONE),
        newer.run_id: PastJob(newer.run_id, 50, 1, AT, RAN, DONE),
    }
    assert len(db.past_jobs("fleet", limit=1)) == 1


def test_all_attempts_of_a_run_have_used_something(db: ScoresDb) -> None:
    """A failed one until it ended; one that never ran from nowhere."""
    db.record_job_status(sample_order(), "Failed", at=DONE, ended=True, facts=FACTS)
    lost = sample_order(attempt=2)
    db.record_job_status(lost, "Canceled", at=LATER, ended=True)
    db.record_job(sample_order(sample_run(revision=2)), "else", "Running", AT)
    assert db.job_uses(sample_run().run_id) == [JobUse(2, RAN, DONE), JobUse(None, None, LATER)]
