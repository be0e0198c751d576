"""The ledger of runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.scores_db import RunRow, ScoresDb
from domain.runs import RunStatus, Stage
from tests.adapters.scores_db.samples import (
    AT,
    LATER,
    sample_record,
    sample_request,
    sample_run,
)

RUN = sample_run()


def test_a_run_comes_back_as_it_was_recorded(db: ScoresDb) -> None:
    """Every field of a record is in the row, with aware UTC instants to the microsecond."""
    db.record_run(
        sample_record(
            counts={"windows": 3},
            seconds={"listing": 0.25},
            error="späte Daten 🌍",
            reconciled=False,
            request=sample_request(RUN, "http", "raw/a.csv"),
        )
    )
    assert db.get_run(RUN.run_id) == RunRow(
        run_id=RUN.run_id,
        pipeline="fleet",
        span_from=RUN.start,
        span_to=RUN.end,
        revision=1,
        trigger_kind="http",
        input="raw/a.csv",
        status=RunStatus.RUNNING,
        stage=Stage.SCORING,
        counts={"windows": 3},
        seconds={"listing": 0.25},
        facts={},
        error="späte Daten 🌍",
        reconciled=False,
        cancel_requested_at=None,
        started_at=AT,
        updated_at=AT,
        ended_at=None,
    )


def test_a_run_that_nobody_recorded_is_none(db: ScoresDb) -> None:
    """The ledger answers None for what it does not know, also when it is brand new."""
    assert db.get_run("nothing") is None
    assert db.is_cancelled("nothing") is False
    assert db.request_cancel("nothing", AT) is False


def test_what_is_none_or_empty_stays(db: ScoresDb) -> None:
    """A later record changes only what it tells; counts and seconds are merged."""
    first = sample_record(
        stage=Stage.LISTING,
        counts={"events": 9},
        seconds={"listing": 1.0},
        request=sample_request(RUN, "http", "raw/a.csv"),
    )
    db.record_run(first)
    db.record_run(sample_record(counts={"windows": 2}, seconds={"aggregating": 2.0}, at=LATER))
    row = db.get_run(RUN.run_id)
    assert row is not None
    assert (row.trigger_kind, row.input) == ("http", "raw/a.csv")
    assert row.counts == {"events": 9, "windows": 2}
    assert row.seconds == {"listing": 1.0, "aggregating": 2.0}
    assert (row.started_at, row.updated_at) == (AT, LATER)


def test_recording_twice_changes_nothing(db: ScoresDb) -> None:
    """A record that arrives again leaves the row as it is."""
    record = sample_record(RunStatus.FAILED, Stage.ENDED, counts={"chunks": 1}, error="no endpoint")
    db.record_run(record)
    once = db.get_run(RUN.run_id)
    db.record_run(record)
    assert db.get_run(RUN.run_id) == once


def test_a_run_only_moves_forward(db: ScoresDb) -> None:
    """A late Pending changes neither status nor stage, but brings what only it knows."""
    db.record_run(sample_record(RunStatus.RUNNING, Stage.PLANNING, at=LATER))
    late = sample_record(RunStatus.PENDING, Stage.LISTING, at=AT, request=sample_request(RUN))
    db.record_run(late)
    row = db.get_run(RUN.run_id)
    assert row is not None
    assert (row.status, row.stage, row.trigger_kind) == (
        RunStatus.RUNNING,
        Stage.PLANNING,
        "timer",
    )
    assert row.updated_at == LATER


def test_an_ended_run_stays_as_it_ended(db: ScoresDb) -> None:
    """No other status replaces one that has ended; the same one may be recorded again."""
    db.record_run(sample_record(RunStatus.COMPLETED, Stage.ENDED, at=AT))
    db.record_run(sample_record(RunStatus.FAILED, Stage.ENDED, error="late", at=LATER))
    db.record_run(sample_record(RunStatus.RUNNING, at=LATER))
    db.record_run(sample_record(RunStatus.COMPLETED, Stage.ENDED, counts={"rows": 1}, at=LATER))
    row = db.get_run(RUN.run_id)
    assert row is not None
    assert (row.status, row.error, row.ended_at) == (RunStatus.COMPLETED, None, AT)
    assert row.counts == {"rows": 1}


def test_runs_are_listed_newest_first(db: ScoresDb) -> None:
    """The list is ordered by start, and narrowed by pipeline, status and limit."""
    for day in range(3):
        run = sample_run(first=day, days=1)
        status = RunStatus.COMPLETED if day < 2 else RunStatus.RUNNING
        db.record_run(sample_record(status, run=run, at=AT + timedelta(days=day)))
    other = sample_run(pipeline="other")
    db.record_run(sample_record(run=other, at=AT - timedelta(days=1)))
    starts = [row.started_at for row in db.list_runs()]
    assert starts == sorted(starts, reverse=True)
    assert len(starts) == 4
    assert [row.run_id for row in db.list_runs(pipeline="other")] == [other.run_id]
    assert len(db.list_runs("fleet", RunStatus.COMPLETED)) == 2
    assert [row.status for row in db.list_runs(limit=1)] == [RunStatus.RUNNING]


def test_cancelling_ends_a_run(db: ScoresDb) -> None:
    """A cancelled run stays cancelled, and cancelling it again says so."""
    db.record_run(sample_record())
    assert db.is_cancelled(RUN.run_id) is False
    assert db.request_cancel(RUN.run_id, LATER) is True
    assert db.request_cancel(RUN.run_id, LATER + timedelta(hours=1)) is True
    db.record_run(sample_record(RunStatus.COMPLETED, Stage.ENDED, at=LATER))
    row = db.get_run(RUN.run_id)
    assert row is not None
    assert (row.status, row.cancel_requested_at, row.ended_at) == (
        RunStatus.CANCELLED,
        LATER,
        LATER,
    )
    assert db.is_cancelled(RUN.run_id) is True


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.FAILED])
def test_an_ended_run_cannot_be_cancelled(db: ScoresDb, status: RunStatus) -> None:
    """Cancelling comes too late for a run that has ended."""
    db.record_run(sample_record(status, Stage.ENDED))
    assert db.request_cancel(RUN.run_id, LATER) is False
    row = db.get_run(RUN.run_id)
    assert row is not None
    assert (row.status, row.cancel_requested_at) == (status, None)
