"""Ids of runs and jobs, and how runs end."""

import re
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.runs import (
    RunStatus,
    chunk_instance_id,
    final_status,
    job_name,
    run_id,
    segment_instance_id,
)
from domain.spans import Span

SPAN = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
AZURE_ML_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,254}")


def test_a_run_id_is_a_function_of_what_is_scored() -> None:
    """Pipeline, span and revision; the zone in which the span was written does not matter."""
    assert run_id("fleet", SPAN, 1) == "fleet-20260101T000000Z-20260102T000000Z-r1"
    tokyo = timezone(timedelta(hours=9))
    elsewhere = Span(SPAN.start.astimezone(tokyo), SPAN.end.astimezone(tokyo))
    assert run_id("fleet", elsewhere, 1) == run_id("fleet", SPAN, 1)


def test_ids_of_different_work_differ() -> None:
    """Another pipeline, span, revision, segment, chunk or attempt has another id."""
    later = Span(SPAN.start + timedelta(seconds=1), SPAN.end)
    runs = [run_id(p, s, r) for p in ("fleet", "fleet_2") for s in (SPAN, later) for r in (1, 11)]
    ids = [*runs, *(segment_instance_id(run, 1) for run in runs)]
    ids += [chunk_instance_id(run, chunk) for run in runs for chunk in (1, 11)]
    ids += [job_name(run, c, a) for run in runs for c in (1, 11) for a in (1, 11)]
    assert len(set(ids)) == len(ids)


def test_the_longest_job_name_is_one_that_azure_ml_takes() -> None:
    """The longest pipeline name, the highest revision, chunk and attempt."""
    run = run_id("a" + "_" * 38 + "9", SPAN, 999_999)
    name = job_name(run, 20_000_000, 10)
    assert AZURE_ML_NAME.fullmatch(name)
    assert len(name) < 200


@pytest.mark.parametrize(
    ("chunks", "failed", "tolerated", "reconciled", "status"),
    [
        (10, 0, 0, True, RunStatus.COMPLETED),
        (0, 0, 0, True, RunStatus.COMPLETED),
        (0, 0, "0%", True, RunStatus.COMPLETED),
        (10, 0, 10, False, RunStatus.FAILED),
        (10, 1, 0, True, RunStatus.FAILED),
        (10, 1, 1, True, RunStatus.COMPLETED_WITH_ERRORS),
        (10, 1, 1, False, RunStatus.FAILED),
        (10, 2, 1, True, RunStatus.FAILED),
        (10, 1, "10%", True, RunStatus.COMPLETED_WITH_ERRORS),
        (10, 1, "9%", True, RunStatus.FAILED),
        (19, 1, "10%", True, RunStatus.COMPLETED_WITH_ERRORS),
        (19, 2, "10%", True, RunStatus.FAILED),
        (10, 10, "100%", True, RunStatus.COMPLETED_WITH_ERRORS),
        (10, 10, 99, True, RunStatus.COMPLETED_WITH_ERRORS),
    ],
)
def test_how_a_run_ends(
    chunks: int, failed: int, tolerated: int | str, reconciled: bool, status: RunStatus
) -> None:
    """The table of ends: the proof first, then the tolerance, then whether anything failed."""
    assert final_status(chunks, failed, tolerated, reconciled=reconciled) is status


@given(chunks=st.integers(1, 10_000), percent=st.integers(0, 100), failed=st.integers(0, 10_000))
def test_a_percentage_is_exact(chunks: int, percent: int, failed: int) -> None:
    """The share that is tolerated is never exceeded, and used up to the last chunk."""
    failed = min(failed, chunks)
    status = final_status(chunks, failed, f"{percent}%", reconciled=True)
    assert (status is RunStatus.FAILED) == (Fraction(failed, chunks) > Fraction(percent, 100))


def test_a_run_has_ended_unless_it_is_pending_or_running() -> None:
    """Every status is one or the other."""
    going_on = {status for status in RunStatus if not status.has_ended}
    assert going_on == {RunStatus.PENDING, RunStatus.RUNNING}
