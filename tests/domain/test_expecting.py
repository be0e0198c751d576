"""What past runs tell of the next ones."""

from __future__ import annotations

from datetime import timedelta

from domain.expecting import HEAD_S, RUN_S, PastRun, run_times, stream_runs
from domain.pipeline.events import EventsSource
from tests.adapters.landing.streams import stream
from tests.domain.cost_samples import NOW
from tests.domain.samples import pipeline


def past(scoring: float, chunks: int = 3, **more: float) -> PastRun:
    """A run that ended."""
    return PastRun({"scoring": scoring, "listing": 1.0, "total": 999.0, **more}, {"chunks": chunks})


def test_a_run_takes_what_runs_took() -> None:
    """The medians; what comes before scoring is one time."""
    runs = [past(100, 2, aggregating=10.0), past(300, 3, aggregating=20.0), past(200, 4)]
    times = run_times(pipeline(), runs)
    assert (times.head_s, times.run_s, times.jobs, times.runs) == (11, 200, 3, 3)


def test_a_run_has_no_more_jobs_at_once_than_it_may() -> None:
    """A hundred chunks go eight at a time."""
    assert run_times(pipeline(), [past(1, 100)]).jobs == 8


def test_before_there_are_runs_something_is_supposed() -> None:
    """Runs that ended before they scored say nothing."""
    times = run_times(pipeline(), [PastRun({"listing": 1.0}, {})])
    assert (times.head_s, times.run_s, times.jobs, times.runs) == (HEAD_S, RUN_S, 8, 0)


def test_intervals_are_scored_when_nothing_can_be_late() -> None:
    """Every quarter of an hour, plus the tolerance and the quiet time; all that are ahead."""
    source = stream({"late_arrival": {"tolerance": "30s"}, "quiet": "5s"}).source
    assert isinstance(source, EventsSource)
    found = stream_runs(source, NOW, timedelta(hours=1), 100)
    first = NOW + timedelta(seconds=35)
    assert found == [first + timedelta(minutes=15) * n for n in range(4)]
    assert stream_runs(source, first, timedelta(hours=1), 2) == [
        first + timedelta(minutes=15) * n for n in (1, 2)
    ]
