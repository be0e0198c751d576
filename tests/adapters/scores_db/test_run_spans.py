"""Asking the ledger by span."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.scores_db import ScoresDb
from domain.runs import RunStatus, Stage
from domain.spans import Span
from tests.adapters.scores_db.samples import (
    AT,
    DAY,
    sample_record,
    sample_request,
    sample_run,
)


def record(
    db: ScoresDb, revision: int = 1, first: int = 0, trigger: str = "burst", **more: int | str
) -> str:
    """Puts a run into the ledger; its id."""
    days, pipeline = int(more.get("days", 1)), str(more.get("pipeline", "fleet"))
    run = sample_run(revision, pipeline, days, first)
    db.record_run(sample_record(run=run, request=sample_request(run, trigger)))
    return run.run_id


def listed(db: ScoresDb, first: int, last: int) -> list[str]:
    """The ids of the intervals between two days."""
    found = db.newest_runs("fleet", DAY + timedelta(days=first), DAY + timedelta(days=last))
    return [row.run_id for row in found]


def test_the_last_span_is_that_of_the_trigger(db: ScoresDb) -> None:
    """A timer goes on where its own runs ended, whatever was started by hand."""
    assert db.last_span_end("fleet", "timer") is None
    for day, trigger in enumerate(("timer", "timer", "http")):
        record(db, first=day, trigger=trigger)
    assert db.last_span_end("fleet", "timer") == sample_run(first=1).end
    assert db.last_span_end("other", "timer") is None


def test_a_span_that_nobody_scored_has_no_last_run(db: ScoresDb) -> None:
    """None for a new ledger, another pipeline, and spans that only overlap or touch."""
    span = sample_run().span
    assert db.last_run("fleet", span) is None
    record(db, pipeline="other")
    for first, days in ((-1, 1), (1, 1), (0, 2), (-1, 2)):
        record(db, first=first, days=days)
    assert db.last_run("fleet", span) is None


def test_the_last_run_has_the_highest_revision(db: ScoresDb) -> None:
    """As a number (10 after 9), in whatever order runs were recorded."""
    ids = {revision: record(db, revision) for revision in (9, 10, 2)}
    found = db.last_run("fleet", sample_run().span)
    assert found is not None
    assert (found.run_id, found.revision) == (ids[10], 10)
    assert found == db.get_run(ids[10])


@pytest.mark.parametrize("status", RunStatus)
def test_the_last_run_may_have_any_status(db: ScoresDb, status: RunStatus) -> None:
    """A revision that failed or was cancelled is the last one, too."""
    record(db, 1)
    run = sample_run(2)
    stage = Stage.ENDED if status.has_ended else Stage.LISTING
    db.record_run(sample_record(status, stage, run=run, at=AT))
    found = db.last_run("fleet", run.span)
    assert found is not None
    assert (found.revision, found.status) == (2, status)


def test_intervals_are_the_newest_revisions_by_their_end(db: ScoresDb) -> None:
    """One run per span, whole as the ledger knows it, in the order of the spans' ends."""
    for first, revision in ((2, 1), (0, 2), (0, 10), (0, 1), (1, 1)):
        record(db, revision, first)
    expected = [sample_run(10, first=0), sample_run(first=1), sample_run(first=2)]
    assert listed(db, 0, 3) == [run.run_id for run in expected]
    (row,) = db.newest_runs("fleet", DAY, DAY + timedelta(days=1))
    assert row == db.get_run(expected[0].run_id)


def test_intervals_end_after_the_first_and_until_the_last(db: ScoresDb) -> None:
    """An interval that ends at `first` is not listed, one that ends at `last` is."""
    ids = [record(db, first=first) for first in range(4)]
    assert listed(db, 1, 3) == ids[1:3]
    assert listed(db, 1, 1) == []
    assert listed(db, 9, 10) == []


def test_the_newest_run_counts_whoever_has_started_it(db: ScoresDb) -> None:
    """A burst was scored again by hand: that run is listed; another pipeline's are not."""
    record(db, 1)
    by_hand = record(db, 2, trigger="http")
    timer = record(db, first=1, trigger="timer")
    record(db, first=1, pipeline="other")
    assert listed(db, 0, 9) == [by_hand, timer]


def test_spans_that_end_together_are_two_intervals(db: ScoresDb) -> None:
    """After a change of the interval's length both spans are listed, the longer one first; one that
    ends later comes after them, wherever it begins."""
    last, short, long = record(db, days=3), record(db, first=1), record(db, days=2)
    assert listed(db, 0, 3) == [long, short, last]
    assert db.last_run("fleet", Span(DAY, DAY + timedelta(days=2))) == db.get_run(long)
