"""What past jobs tell of the next ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.job_times import PastJob, has_begun, job_times, lower_quartile, start_seconds

AT = datetime(2026, 1, 1, tzinfo=UTC)


def job(
    rows: int, work_s: float, *, wait_s: float = 20, nodes: int = 1, run: str = "r", at_s: float = 0
) -> PastJob:
    """A job that waited, then worked."""
    submitted = AT + timedelta(seconds=at_s)
    running = submitted + timedelta(seconds=wait_s)
    return PastJob(run, rows, nodes, submitted, running, running + timedelta(seconds=work_s))


def test_wait_and_intercept_are_overhead_and_the_slope_is_for_rows() -> None:
    """Jobs of 10 s plus 1 ms per row that waited 20 s have 30 s of overhead."""
    times = job_times([job(rows, 10 + rows / 1000) for rows in (1000, 5000, 20_000, 40_000)])
    assert times is not None
    assert times.jobs == 4
    assert times.overhead_s == pytest.approx(30)
    assert times.node_seconds_per_row == pytest.approx(0.001)


def test_a_row_costs_the_same_on_however_many_nodes() -> None:
    """Twice the nodes do twice the rows: what is measured is one node's time."""
    jobs = [job(n * 10_000, 10 + 10, nodes=n) for n in (1, 2, 4)]
    jobs += [job(n * 30_000, 10 + 30, nodes=n) for n in (1, 2, 4)]
    times = job_times(jobs)
    assert times is not None
    assert times.node_seconds_per_row == pytest.approx(0.001)


def test_a_bad_day_changes_little() -> None:
    """One job in ten that took a hundred times as long does not decide."""
    jobs = [job(rows, 10 + rows / 1000) for rows in range(10_000, 100_000, 10_000)]
    times = job_times([*jobs, job(50_000, 6000, wait_s=9000)])
    assert times is not None
    assert times.overhead_s == pytest.approx(30, rel=0.2)
    assert times.node_seconds_per_row == pytest.approx(0.001, rel=0.2)


def test_queueing_behind_its_own_run_is_no_overhead() -> None:
    """Most jobs of a run wait for nodes that their neighbours use; the first ones tell."""
    jobs = [job(10_000, 60, wait_s=20 if n % 3 == 0 else 80) for n in range(9)]
    times = job_times(jobs)
    assert times is not None
    assert times.overhead_s == pytest.approx(20)


def test_jobs_of_one_size_took_their_time_for_their_rows() -> None:
    """There is no line through one point: nothing of the work counts as overhead."""
    times = job_times([job(10_000, 30)] * 5)
    assert times is not None
    assert (times.overhead_s, times.node_seconds_per_row) == (20, pytest.approx(0.003))


def test_too_few_or_unmeasured_jobs_tell_nothing() -> None:
    """Two jobs are an accident; one that was over before it was seen has no length."""
    assert job_times([job(10, 5)] * 2) is None
    assert job_times([job(10, 5)] * 2 + [job(10, 0)] * 5 + [job(0, 5)] * 5) is None


@given(
    st.lists(
        st.tuples(
            st.integers(1, 10**7), st.floats(0.001, 1e5), st.floats(0, 1e4), st.integers(1, 8)
        ),
        min_size=3,
        max_size=20,
    )
)
def test_whatever_happened_the_estimate_makes_sense(
    seen: list[tuple[int, float, float, int]],
) -> None:
    """Overhead is never negative, and rows always take time."""
    times = job_times([job(rows, work, wait_s=wait, nodes=n) for rows, work, wait, n in seen])
    assert times is None or (times.overhead_s >= 0 and times.node_seconds_per_row > 0)


def test_the_start_up_is_the_longest_wait_of_a_first_job() -> None:
    """Later jobs of a run find nodes that are up, and warm runs do not hide the cold one."""
    cold = [job(1, 5, wait_s=240, run="a"), job(1, 5, wait_s=900, run="a", at_s=300)]
    warm = [job(1, 5, wait_s=15, run="b", at_s=1000)]
    assert start_seconds([*warm, *cold]) == 240
    assert start_seconds([]) is None


def test_a_quarter_is_at_most_the_lower_quartile() -> None:
    """Of one value it is that value."""
    assert lower_quartile([7]) == 7
    assert lower_quartile([4, 3, 2, 1, 5]) == 2


@pytest.mark.parametrize(
    ("status", "begun"),
    [("Queued", False), ("Preparing", False), ("Unknown", False), ("CancelRequested", False)]
    + [(s, True) for s in ("Running", "Finalizing", "Completed", "Failed", "Canceled")],
)
def test_a_job_has_begun_when_it_runs_or_is_over(status: str, begun: bool) -> None:
    """Whoever waits for nodes has not."""
    assert has_begun(status) is begun
