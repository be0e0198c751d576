"""What is streamed: the last two intervals that are over, and a pipeline that can read it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from demo.errors import UsageError
from demo.streaming.plan import LATENESS_S, LENGTH, check_stream, stream_of, stream_plan
from simulate import stream
from tests.demo.builders import MIDNIGHT, fleet_pipeline, small_pipeline
from tests.demo.streams import MINUTE, stream_pipeline


@pytest.mark.parametrize("past", [timedelta(0), timedelta(seconds=1), timedelta(seconds=299)])
def test_the_stream_ends_with_the_last_interval_that_is_over(past: timedelta) -> None:
    """Its end is a boundary of `score_every`, at most one interval ago, and never to come."""
    plan = stream_plan(stream_pipeline(), 7, MIDNIGHT + past)
    assert plan.start + LENGTH == MIDNIGHT
    assert plan.duration_s is not None
    assert timedelta(seconds=plan.duration_s * plan.speed) == LENGTH


def test_the_stream_has_everything_that_may_go_wrong() -> None:
    """A burst beyond `max_events`, about 1 % late by more than an interval, copies, garbage."""
    pipeline = stream_pipeline()
    source, events = stream_of(pipeline), list(stream(stream_plan(pipeline, 7, MIDNIGHT)))
    kinds = Counter(event.kind for event in events)
    shares = {kind: number / len(events) for kind, number in kinds.items()}
    for kind, share in {"late": 0.01, "disordered": 0.01, "duplicate": 0.01}.items():
        assert shares[kind] == pytest.approx(share, rel=0.5)
    assert shares["garbage"] == pytest.approx(0.003, rel=0.3)
    assert timedelta(seconds=LATENESS_S) > source.score_every
    second_half = [event for event in events if event.event_us > events[-1].event_us - 300e6]
    assert source.max_events is not None
    assert len(events) - len(second_half) < source.max_events < len(second_half)


def test_the_same_seed_is_the_same_stream() -> None:
    """Another seed is another one."""
    one, same, other = (stream_plan(stream_pipeline(), seed, MIDNIGHT) for seed in (3, 3, 4))
    assert next(stream(one)) == next(stream(same)) != next(stream(other))


def test_a_pipeline_that_reads_something_else_is_refused() -> None:
    """Better before anything is started than as a quarantine full of good events."""
    check_stream(stream_pipeline())
    for pipeline in (fleet_pipeline(), small_pipeline()):
        with pytest.raises(UsageError, match="does not fit the demo's stream"):
            check_stream(pipeline)
    with pytest.raises(TypeError, match="has no stream but files"):
        stream_of(small_pipeline())


def test_late_events_find_their_interval_quiet() -> None:
    """Between an interval's last event on time and the first late one it becomes quiet: else the
    late ones would be scored with the others."""
    plan, source = stream_plan(stream_pipeline(), 7, MIDNIGHT), stream_of(stream_pipeline())
    first_end = MIDNIGHT - LENGTH + 5 * MINUTE
    first_late = plan.start + timedelta(seconds=LATENESS_S)
    assert (first_late - first_end) / plan.speed > source.quiet
