"""Writing chunks: once, whole, and never over something newer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from adapters.scores_db import ScoresDb
from adapters.scores_db.ledger_tables import JOBS, LEDGER, REJECTED_ROWS
from domain.errors import LakeError, PredictionsError, RunCancelledError
from domain.messages import Upserted
from domain.pipeline import Pipeline
from tests.adapters.scores_db.samples import (
    AT,
    LATER,
    batch,
    row,
    rows_of,
    sample_order,
    sample_record,
    sample_run,
    scores_of,
    staged_of,
    window,
)
from tests.support.waiting import wait_until

KILLED = """
import sys, threading
from pathlib import Path
from adapters.scores_db import ScoresDb
from tests.adapters.scores_db.samples import AT, batch, row, sample_order, sample_pipeline
def batches():
    yield batch([row(f"d{n}") for n in range(6000)] + [row("bad", score=None)])
    Path(sys.argv[2]).touch()
    threading.Event().wait()
ScoresDb(sys.argv[1], None).upsert(sample_pipeline(), sample_order(), batches(), AT)
"""


def everything(db: ScoresDb, pipeline: Pipeline) -> list[object]:
    """All that the database holds."""
    found: list[object] = [scores_of(db, pipeline), staged_of(db, pipeline)]
    return found + [rows_of(db, table) for table in LEDGER.sorted_tables]


def test_the_job_says_what_was_written(db: ScoresDb, pipeline: Pipeline) -> None:
    """Counts, status and instants stand in the job's row, and staging is empty."""
    db.record_job(sample_order(), "job", "Running", AT)
    db.upsert(pipeline, sample_order(), [batch([row(), row("d2", odd=None)])], LATER)
    (job,) = rows_of(db, JOBS)
    assert (job["rows_scored"], job["rows_rejected"], job["rows_superseded"]) == (1, 1, 0)
    assert (job["status"], job["scored_at"], job["ended_at"]) == ("Completed", LATER, LATER)
    assert staged_of(db, pipeline) == []


def test_writing_twice_changes_nothing(db: ScoresDb, pipeline: Pipeline) -> None:
    """The same chunk again answers the same and leaves every table as it is."""
    rows = [row(), row("d2", score=None), row(), row("d3", end=window(2))]
    first = db.upsert(pipeline, sample_order(), [batch(rows)], AT)
    before = everything(db, pipeline)
    assert db.upsert(pipeline, sample_order(), [batch(rows)], LATER) == first
    assert everything(db, pipeline) == before


def test_a_second_attempt_at_a_written_chunk_only_ends(db: ScoresDb, pipeline: Pipeline) -> None:
    """Rows are not scored twice when a lost attempt comes back after the next one."""
    first = db.upsert(pipeline, sample_order(attempt=2), [batch([row(score=1.0)])], AT)
    assert db.upsert(pipeline, sample_order(attempt=1), [batch([row(score=2.0)])], LATER) == first
    assert [found["score"] for found in scores_of(db, pipeline)] == [1.0]
    late, scored = rows_of(db, JOBS)
    assert (late["status"], late["ended_at"], late["scored_at"]) == ("Completed", LATER, None)
    assert (scored["rows_scored"], scored["scored_at"]) == (1, AT)
    counts = db.reconcile(sample_run(), pipeline)
    assert (counts.chunks_scored, counts.jobs_submitted, counts.rows_scored) == (1, 2, 1)


def test_an_empty_chunk_is_scored(db: ScoresDb, pipeline: Pipeline) -> None:
    """No batches and empty batches are nothing to write, not an error."""
    nothing = Upserted(rows_scored=0, rows_rejected=0, rows_superseded=0)
    assert db.upsert(pipeline, sample_order(chunk=1), [], AT) == nothing
    assert db.upsert(pipeline, sample_order(chunk=2), [batch([])], AT) == nothing
    assert db.progress(sample_run().run_id).scored == 2


def test_batches_are_sliced(db: ScoresDb, pipeline: Pipeline) -> None:
    """Batches larger than a slice, and of different sizes, are written whole."""
    sizes = (12_001, 1, 4_999)
    numbers = iter(range(sum(sizes)))
    batches = [batch([row(f"d{next(numbers)}") for _ in range(size)]) for size in sizes]
    assert db.upsert(pipeline, sample_order(), batches, AT).rows_scored == sum(sizes)
    assert len(scores_of(db, pipeline)) == sum(sizes)


def test_a_newer_revision_overwrites(db: ScoresDb, pipeline: Pipeline) -> None:
    """Row by row: what the newer run scored is its own, the rest stays."""
    db.upsert(pipeline, sample_order(), [batch([row("d1"), row("d2")])], AT)
    newer = sample_order(sample_run(revision=2), chunk=9)
    db.upsert(pipeline, newer, [batch([row("d2", score=2.0), row("d3", score=2.0)])], LATER)
    found = {r["device"]: (r["revision"], r["score"], r["chunk"]) for r in scores_of(db, pipeline)}
    assert found == {"d1": (1, 0.5, 1), "d2": (2, 2.0, 9), "d3": (2, 2.0, 9)}


def test_an_older_revision_never_overwrites(db: ScoresDb, pipeline: Pipeline) -> None:
    """Row by row: where a newer row stands, the older one counts as superseded."""
    newer = sample_order(sample_run(revision=3))
    db.upsert(pipeline, newer, [batch([row("d1", score=3.0)])], AT)
    written = db.upsert(pipeline, sample_order(), [batch([row("d1"), row("d2")])], LATER)
    assert written == Upserted(rows_scored=2, rows_rejected=0, rows_superseded=1)
    found = {r["device"]: (r["revision"], r["score"]) for r in scores_of(db, pipeline)}
    assert found == {"d1": (3, 3.0), "d2": (1, 0.5)}


def test_the_same_revision_of_another_span_overwrites(db: ScoresDb, pipeline: Pipeline) -> None:
    """Two runs over overlapping spans: the later one counts, and the books stay balanced."""
    long = sample_run(days=2)
    db.upsert(pipeline, sample_order(long), [batch([row("d1"), row("d2")])], AT)
    db.upsert(pipeline, sample_order(), [batch([row("d1", score=9.0)])], LATER)
    assert [found["score"] for found in scores_of(db, pipeline)] == [9.0, 0.5]
    counts = db.reconcile(long, pipeline)
    assert (counts.rows_scored, counts.rows_in_sql, counts.rows_superseded) == (2, 1, 1)


def test_the_books_balance_after_every_revision(db: ScoresDb, pipeline: Pipeline) -> None:
    """For every run, rows scored are rows in SQL plus rows superseded, in any order of writing."""
    for revision in (2, 4, 1, 3, 5):
        for chunk in (1, 2, 3):
            rows = [row(f"d{n}") for n in range(chunk * 10, chunk * 10 + 5 + revision)]
            order = sample_order(sample_run(revision), chunk)
            db.upsert(pipeline, order, [batch(rows)], AT)
            for known in range(1, 6):
                counts = db.reconcile(sample_run(known), pipeline)
                assert counts.rows_scored == counts.rows_in_sql + counts.rows_superseded
    assert {r["revision"] for r in scores_of(db, pipeline)} == {5}
    assert db.reconcile(sample_run(5), pipeline).rows_superseded == 0
    assert db.reconcile(sample_run(1), pipeline).rows_in_sql == 0


def test_a_cancelled_run_writes_nothing(db: ScoresDb, pipeline: Pipeline) -> None:
    """Scores that arrive after the cancellation are not wanted any more."""
    db.record_run(sample_record())
    db.request_cancel(sample_run().run_id, AT)
    with pytest.raises(RunCancelledError):
        db.upsert(pipeline, sample_order(), [batch([row()])], AT)
    assert scores_of(db, pipeline) == []
    assert rows_of(db, JOBS) == []


@pytest.mark.parametrize("late", [False, True])
def test_a_wrong_schema_writes_nothing(db: ScoresDb, pipeline: Pipeline, late: bool) -> None:
    """Columns, rules and what was found instead are named; also when a later file is wrong."""
    there = batch([row()])
    wrong = there.drop_columns(["score", "model_version"])
    wrong = wrong.set_column(0, "device", pa.array([1]))
    with pytest.raises(PredictionsError) as raised:
        db.upsert(pipeline, sample_order(chunk=3), [there, wrong] if late else [wrong], AT)
    told = str(raised.value)
    assert told.startswith("the predictions of chunk 3: column `device` must be text; got int64")
    assert "column `score` is missing; got columns device, sensor, window_end" in told
    assert "column `model_version` is missing" in told
    assert scores_of(db, pipeline) == []
    assert rows_of(db, JOBS) == []


@pytest.mark.parametrize(
    ("name", "column", "rule"),
    [
        ("window_end", pa.array([0], pa.timestamp("us")), "a timestamp with time zone"),
        ("window_end", pa.array([1], pa.timestamp("ns", "UTC")), "in whole microseconds"),
        ("hits", pa.array([1.0]), "must be an integer"),
        ("hits", pa.array([2**64 - 1], pa.uint64()), "at most 64 bits"),
        ("odd", pa.array([1]), "must be boolean; got int64"),
        ("score", pa.array(["1.0"]), "must be a number"),
        ("score", pa.array([2**63 - 1]), "must be a number"),
        ("label", pa.array([b"x"]), "must be text; got binary"),
    ],
)
def test_wrong_types_are_refused(
    db: ScoresDb, pipeline: Pipeline, name: str, column: pa.Array, rule: str
) -> None:
    """A type that would change values on the way is an error of the whole chunk."""
    there = batch([row()])
    wrong = there.set_column(there.schema.get_field_index(name), name, column)
    with pytest.raises(PredictionsError, match=f"column `{name}`.*{rule}"):
        db.upsert(pipeline, sample_order(), [wrong], AT)
    assert rows_of(db, JOBS) == []


def test_predictions_that_break_off_write_nothing(db: ScoresDb, pipeline: Pipeline) -> None:
    """What the reader of the predictions raises comes through, and the chunk is not written."""

    def broken() -> Iterator[pa.RecordBatch]:
        yield batch([row(), row("d2", score=None)])
        raise LakeError("the file is gone")

    with pytest.raises(LakeError):
        db.upsert(pipeline, sample_order(), broken(), AT)
    assert all(not rows for rows in everything(db, pipeline))


def test_a_process_that_is_killed_leaves_nothing(
    db: ScoresDb, url: str, pipeline: Pipeline, tmp_path: Path
) -> None:
    """Killed between staging and commit: no row anywhere, and the chunk can be written."""
    staged = tmp_path / "staged"
    child = subprocess.Popen([sys.executable, "-c", KILLED, url, str(staged)])
    try:
        wait_until(staged.exists, description="the rows are staged", timeout_s=60)
    finally:
        child.kill()
        child.wait()
    db.ensure_tables(pipeline)
    assert all(not rows for rows in everything(db, pipeline))
    written = db.upsert(pipeline, sample_order(), [batch([row(), row("d2", score=None)])], AT)
    assert (written.rows_scored, written.rows_rejected) == (1, 1)
    assert len(rows_of(db, REJECTED_ROWS)) == 1
