"""Which intervals a batch touches."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.landing.touching import touched_by
from domain.intervals import interval_of, touched
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.time_policy import overtaking
from tests.adapters.landing.streams import HOUR, MINUTE, NOON, SECOND, stream

SHAPES: list[dict[str, Any]] = [
    {"kind": "tumbling", "size": "5m"},
    {"kind": "tumbling", "size": "1h", "offset": "7m", "closed": "left"},
    {"kind": "hopping", "size": "10m", "hop": "4m"},
    {"kind": "hopping", "size": "7s", "hop": "3s", "closed": "left"},
    {"kind": "session", "timeout": "2m", "max_duration": "20m"},
    {"kind": "snapshot"},
]
instants = st.integers(NOON - 2 * HOUR, NOON + 2 * HOUR) | st.builds(
    lambda minutes, more: NOON + minutes * MINUTE + more,
    st.integers(-120, 120),
    st.integers(-1, 1),
)


def by(
    pipeline: Pipeline, found: list[int], arrival_us: int = NOON, now_us: int = NOON
) -> list[str]:
    """The labels of what is touched."""
    assert isinstance(pipeline.source, EventsSource)
    intervals = touched_by(found, arrival_us, pipeline, pipeline.source, now_us)
    return [interval.label[11:16] for interval in sorted(intervals)]


@pytest.mark.parametrize("windows", SHAPES, ids=lambda windows: str(windows["kind"]))
@given(us=st.lists(instants), every=st.sampled_from(["1m", "15m", "13s", "2h"]), now=instants)
def test_a_batch_touches_what_its_events_touch(
    windows: dict[str, Any], us: list[int], every: str, now: int
) -> None:
    """No interval more, and none less."""
    pipeline = stream({"score_every": every}, windows)
    source = pipeline.source
    assert isinstance(source, EventsSource)
    found = touched_by(us, NOON, pipeline, source, now)
    assert found == {one for at in us for one in touched(at, pipeline, source.every_us, now)}


def test_an_interval_where_no_window_ends_is_not_touched() -> None:
    """Events that are filed in it count for the windows of a later one."""
    pipeline = stream(windows={"kind": "tumbling", "size": "1h"})
    assert by(pipeline, [NOON + MINUTE]) == ["13-00"]


def test_what_may_be_moved_touches_where_it_may_go() -> None:
    """An event that overtakes others moves them behind it, which may be an interval of its own."""
    pipeline = stream({"out_of_order": {"tolerance": "20m"}})
    assert by(pipeline, [NOON + 14 * MINUTE], NOON) == ["12-00", "12-15"]
    dropping = stream({"out_of_order": {"tolerance": "20m", "policy": "drop"}})
    assert by(dropping, [NOON + 14 * MINUTE], NOON) == ["12-15"]


def test_what_was_scored_is_touched_when_events_may_move_there() -> None:
    """An event that arrived long ago may be moved to where one before it was: also to an interval
    that is over by now."""
    source = {
        "score_every": "1m",
        "out_of_order": {"tolerance": "5s"},
        "late_arrival": {"tolerance": "5s", "policy": "rescore", "limit": "1h"},
        "early_arrival": "1m",
    }
    pipeline = stream(source, {"kind": "tumbling", "size": "1m"})
    over = by(pipeline, [NOON - 3 * MINUTE], NOON, NOON + HOUR)
    assert over == ["11-57", "11-58", "11-59", "12-00", "12-01"]
    assert by(pipeline, [NOON - 3 * MINUTE], NOON, NOON - 2 * MINUTE) == ["11-57", "11-58"]


@given(
    before=st.lists(st.integers(-6 * MINUTE, 2 * MINUTE), min_size=1),
    own=st.lists(st.integers(-6 * MINUTE, 2 * MINUTE), min_size=1),
    tolerance=st.sampled_from(["0s", "30s", "1h"]),
)
def test_wherever_events_are_moved_is_touched(
    before: list[int], own: list[int], tolerance: str
) -> None:
    """Whatever came before, if the interval is over; what is not over is touched by those."""
    pipeline = stream(
        {
            "score_every": "1m",
            "quiet": "1s",
            "out_of_order": {"tolerance": tolerance},
            "late_arrival": {"tolerance": "6m"},
            "early_arrival": "2m",
        },
        {"kind": "tumbling", "size": "1m"},
    )
    source = pipeline.source
    assert isinstance(source, EventsSource)
    arrival, now = NOON, NOON + MINUTE + SECOND
    moved = overtaking([NOON + us for us in (*before, *own)], source.out_of_order)[len(before) :]
    found = touched_by([NOON + us for us in own], arrival, pipeline, source, now)
    known = touched_by([NOON + us for us in before], arrival, pipeline, source, now)
    for us in moved:
        assert isinstance(us, int)
        interval = interval_of(us, source.every_us)
        assert interval in found or (interval.end_us > now and interval in known)
