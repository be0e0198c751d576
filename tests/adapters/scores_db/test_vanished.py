"""Removing what a newer revision did not write again, with exact books."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from adapters.scores_db import ScoresDb, vanished
from adapters.scores_db.ledger_tables import JOBS
from adapters.scores_db.vanished import ROWS_VANISHED
from domain.errors import RunCancelledError
from domain.messages import JobOrder
from domain.pipeline import Pipeline
from domain.runs import RunStatus, Stage
from tests.adapters.scores_db.samples import (
    AT,
    DAY,
    assert_balanced,
    batch,
    row,
    rows_of,
    sample_order,
    sample_pipeline,
    sample_record,
    sample_run,
    scores_of,
    window,
)

STEP = timedelta(minutes=5)
DAY_1 = timedelta(days=1)


def write(db: ScoresDb, pipeline: Pipeline, order: JobOrder, devices: str, *ends: datetime) -> None:
    """Scores each device (a letter) in each window, by default in the first one."""
    rows = [row(device, end=end) for device in devices for end in ends or (window(1),)]
    db.upsert(pipeline, order, [batch(rows)], AT)


def devices_of(db: ScoresDb, pipeline: Pipeline) -> dict[str, int]:
    """Which device's row is of which revision, where there is one window."""
    return {found["device"]: found["revision"] for found in scores_of(db, pipeline)}


def superseded(db: ScoresDb) -> dict[tuple[str, int], int]:
    """What each chunk has lost."""
    return {
        (job["run_id"], job["chunk"]): job["rows_superseded"]
        for job in rows_of(db, JOBS)
        if job["scored_at"] is not None
    }


def test_there_may_be_nothing_to_remove(db: ScoresDb, pipeline: Pipeline) -> None:
    """A database without tables, and a run whose rows are the only ones, lose nothing."""
    assert db.remove_vanished(sample_run(2), pipeline) == 0
    write(db, pipeline, sample_order(sample_run(2)), "ab")
    assert db.remove_vanished(sample_run(2), pipeline) == 0
    assert devices_of(db, pipeline) == {"a": 2, "b": 2}


def test_what_three_revisions_leave(db: ScoresDb, pipeline: Pipeline) -> None:
    """Rows that are overwritten and rows that vanish are superseded, once each, where written."""
    one, two, three = (sample_run(revision) for revision in (1, 2, 3))
    write(db, pipeline, sample_order(one, 1), "abc")
    write(db, pipeline, sample_order(one, 2), "defg")
    write(db, pipeline, sample_order(two, 1), "cdx")
    assert_balanced(db, pipeline, one, two, three)
    assert db.remove_vanished(two, pipeline) == 5
    assert devices_of(db, pipeline) == dict.fromkeys("cdx", 2)
    assert superseded(db) == {(one.run_id, 1): 3, (one.run_id, 2): 4, (two.run_id, 1): 0}
    assert_balanced(db, pipeline, one, two, three)

    write(db, pipeline, sample_order(three, 1), "ax")
    assert db.remove_vanished(three, pipeline) == 2
    assert devices_of(db, pipeline) == {"a": 3, "x": 3}
    assert superseded(db)[two.run_id, 1] == 3
    assert_balanced(db, pipeline, one, two, three)
    assert db.reconcile(one, pipeline).rows_superseded == 7


def test_skipped_revisions_vanish_together(db: ScoresDb, pipeline: Pipeline) -> None:
    """All older revisions are removed, whichever of them nobody has removed before."""
    for revision, devices in ((1, "ab"), (2, "bc"), (5, "d")):
        write(db, pipeline, sample_order(sample_run(revision)), devices)
    assert db.remove_vanished(sample_run(5), pipeline) == 3
    assert devices_of(db, pipeline) == {"d": 5}
    assert_balanced(db, pipeline, *map(sample_run, (1, 2, 5)))


def test_removing_twice_changes_nothing(db: ScoresDb, pipeline: Pipeline) -> None:
    """The second call answers 0; the ledger tells how many rows the run has removed in all."""
    one, two = sample_run(1), sample_run(2)
    db.record_run(sample_record(run=two, counts={"windows": 1}))
    write(db, pipeline, sample_order(one, 1), "abc")
    write(db, pipeline, sample_order(two), "c")
    assert db.remove_vanished(two, pipeline) == 2
    before = (scores_of(db, pipeline), rows_of(db, JOBS), db.get_run(two.run_id))
    assert db.remove_vanished(two, pipeline) == 0
    assert (scores_of(db, pipeline), rows_of(db, JOBS), db.get_run(two.run_id)) == before
    write(db, pipeline, sample_order(one, 2), "d")  # a straggler
    assert db.remove_vanished(two, pipeline) == 1
    known = db.get_run(two.run_id)
    assert known is not None
    assert known.counts == {"windows": 1, ROWS_VANISHED: 3}
    assert_balanced(db, pipeline, one, two)


def test_equal_and_newer_revisions_stay(db: ScoresDb, pipeline: Pipeline) -> None:
    """An older run never removes a newer one's rows, nor those of an equal revision elsewhere."""
    write(db, pipeline, sample_order(sample_run(3)), "a")
    write(db, pipeline, sample_order(sample_run(2, days=2)), "b")
    write(db, pipeline, sample_order(sample_run(2)), "c")
    assert db.remove_vanished(sample_run(2), pipeline) == 0
    assert devices_of(db, pipeline) == {"a": 3, "b": 2, "c": 2}


def test_a_runs_own_rows_stay(db: ScoresDb, pipeline: Pipeline) -> None:
    """Whatever revision it is called with, a run does not remove what it wrote itself."""
    write(db, pipeline, sample_order(), "a")
    renumbered = sample_run().model_copy(update={"revision": 9})
    assert db.remove_vanished(renumbered, pipeline) == 0
    assert devices_of(db, pipeline) == {"a": 1}


def test_only_the_span_is_cleared(db: ScoresDb, pipeline: Pipeline) -> None:
    """A window that ends where the span starts stays; one that ends where it ends goes."""
    wide, run = sample_run(days=4, first=-1), sample_run(2)
    ends = [DAY - STEP, DAY, DAY + STEP, DAY + DAY_1, DAY + DAY_1 + STEP]
    write(db, pipeline, sample_order(wide), "ab", *ends)
    assert db.remove_vanished(run, pipeline) == 4
    assert {found["window_end"] for found in scores_of(db, pipeline)} == {
        DAY - STEP,
        DAY,
        DAY + DAY_1 + STEP,
    }
    assert superseded(db) == {(wide.run_id, 1): 4}
    assert_balanced(db, pipeline, wide, run)


def test_another_pipeline_keeps_its_rows(db: ScoresDb, pipeline: Pipeline) -> None:
    """Each pipeline has a table of its own, and only that is touched."""
    other = sample_pipeline(table="other_scores", name="other")
    write(db, pipeline, sample_order(), "a")
    write(db, other, sample_order(sample_run(pipeline="other")), "a")
    assert db.remove_vanished(sample_run(2), pipeline) == 1
    assert devices_of(db, other) == {"a": 1}
    assert_balanced(db, other, sample_run(pipeline="other"))


def test_the_loss_is_told_to_the_attempt_that_wrote(db: ScoresDb, pipeline: Pipeline) -> None:
    """Of several attempts at a chunk, only the one that was scored has lost rows."""
    db.record_job(sample_order(attempt=1), "lost", "Failed", AT)
    write(db, pipeline, sample_order(attempt=2), "ab")
    assert db.remove_vanished(sample_run(2), pipeline) == 2
    assert [job["rows_superseded"] for job in rows_of(db, JOBS)] == [0, 2]


def test_a_cancelled_run_removes_nothing(db: ScoresDb, pipeline: Pipeline) -> None:
    """Whoever cancels a run wants the table as it is."""
    write(db, pipeline, sample_order(), "a")
    db.record_run(sample_record(run=sample_run(2)))
    db.request_cancel(sample_run(2).run_id, AT)
    with pytest.raises(RunCancelledError):
        db.remove_vanished(sample_run(2), pipeline)
    assert devices_of(db, pipeline) == {"a": 1}
    assert superseded(db) == {(sample_run().run_id, 1): 0}


def test_a_run_that_has_ended_may_remove(db: ScoresDb, pipeline: Pipeline) -> None:
    """Ended in another way than cancelled is no reason to refuse."""
    write(db, pipeline, sample_order(), "a")
    db.record_run(sample_record(RunStatus.COMPLETED, Stage.ENDED, run=sample_run(2)))
    assert db.remove_vanished(sample_run(2), pipeline) == 1


def test_breaking_off_removes_nothing(
    db: ScoresDb, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are deleted and told to the jobs in one transaction: both or neither."""

    def _broken(*_: object) -> None:
        raise ZeroDivisionError

    write(db, pipeline, sample_order(), "abc")
    with monkeypatch.context() as patched:
        patched.setattr(vanished, "add_count", _broken)
        with pytest.raises(ZeroDivisionError):
            db.remove_vanished(sample_run(2), pipeline)
    assert len(scores_of(db, pipeline)) == 3
    assert superseded(db) == {(sample_run().run_id, 1): 0}
    assert db.remove_vanished(sample_run(2), pipeline) == 3
