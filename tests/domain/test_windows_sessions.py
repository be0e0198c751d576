"""Sessions as Stream Analytics defines them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pipeline.windows import SessionWindows
from domain.windows import ZERO_HOUR_US, Session, grid_floor, sessions

TIMEOUT, LONGEST = 5, 10
"""Minutes of the examples below; the checks are at :00, :10, :20 and so on."""


def by_minute(*minutes: int) -> list[tuple[int, int, tuple[int, ...]]]:
    """The sessions of events at these minutes of an hour: start, end, events."""
    hour = grid_floor(0, 60)
    found = sessions([hour + minute for minute in minutes], TIMEOUT, LONGEST)
    return [
        (s.start_us - hour, s.end_us - hour, tuple(t - hour for t in s.instants)) for s in found
    ]


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        ([3], [(3, 8)]),
        ([3, 8], [(3, 13)]),
        ([3, 9], [(3, 8), (9, 14)]),
        ([9, 3, 3], [(3, 8), (9, 14)]),
        ([1, 5, 9], [(1, 14)]),
        ([1, 5, 9, 13, 17], [(1, 20)]),
        ([1, 5, 9, 13, 15], [(1, 20)]),
        ([0, 5], [(0, 10)]),
        ([0, 5, 9], [(0, 10)]),
        ([0, 5, 9, 12], [(0, 10), (10, 17)]),
        ([0, 5, 10, 12], [(0, 10), (10, 17)]),
        ([0, 5, 10], [(0, 10)]),
        ([0, 5, 10, 15, 20, 25, 30], [(0, 10), (10, 20), (20, 30)]),
        ([5, 10, 15, 20, 21], [(5, 20), (20, 26)]),
        ([], []),
    ],
    ids=str,
)
def test_sessions_by_hand(minutes: list[int], found: list[tuple[int, int]]) -> None:
    """A gap of the timeout extends, a longer one ends; after ten minutes, cuts come at :x0."""
    assert [(start, end) for start, end, _ in by_minute(*minutes)] == found


def test_an_event_at_a_cut_belongs_to_the_session_that_ends() -> None:
    """And the next session starts there, with the event after it."""
    assert by_minute(0, 5, 10, 12) == [(0, 10, (0, 5, 10)), (10, 17, (12,))]


def test_a_cut_without_further_activity_starts_nothing() -> None:
    """A session without an event is no window."""
    assert by_minute(5, 10, 14, 18, 30) == [(5, 20, (5, 10, 14, 18)), (30, 35, (30,))]


@st.composite
def shapes(draw: st.DrawFn) -> SessionWindows:
    """Timeouts and maximum durations that small numbers tell apart."""
    longest = draw(st.integers(1, 12))
    timeout = draw(st.integers(1, longest))
    return SessionWindows.model_validate(
        {"kind": "session", "timeout": f"{timeout}us", "max_duration": f"{longest}us"}
    )


@st.composite
def activity(draw: st.DrawFn, shape: SessionWindows) -> list[int]:
    """Instants that follow each other within the timeout, mostly."""
    near = st.integers(0, shape.timeout_us) | st.just(shape.timeout_us)
    gaps = near | st.integers(0, 4 * shape.max_duration_us)
    first = draw(st.sampled_from([ZERO_HOUR_US, -7, 0, 10**15])) + draw(st.integers(0, 20))
    found = [first]
    for gap in draw(st.lists(gaps, max_size=40)):
        found.append(found[-1] + gap)
    return found


def of(instants: list[int], shape: SessionWindows) -> list[Session]:
    """The sessions of a key."""
    return sessions(instants, shape.timeout_us, shape.max_duration_us)


@given(data=st.data())
def test_every_event_lies_in_one_session(data: st.DataObject) -> None:
    """Sessions hold all events in order, do not overlap, and last less than twice the maximum."""
    shape = data.draw(shapes())
    instants = data.draw(activity(shape))
    found = of(instants, shape)
    assert [t for session in found for t in session.instants] == sorted(set(instants))
    for session in found:
        assert session.start_us <= session.instants[0] <= session.instants[-1] <= session.end_us
        assert session.end_us - session.start_us < 2 * shape.max_duration_us
        gaps = [b - a for a, b in pairwise(session.instants)]
        assert all(gap <= shape.timeout_us for gap in gaps)
    assert all(before.end_us <= after.start_us for before, after in pairwise(found))


@given(data=st.data())
def test_reading_back_by_the_reach_is_enough(data: st.DataObject) -> None:
    """Spans that each read only as far back as the reach find the same sessions as one does."""
    shape = data.draw(shapes())
    instants = data.draw(activity(shape))
    first, last = min(instants) - 1, max(instants) + shape.timeout_us
    cuts = sorted({first, *data.draw(st.lists(st.integers(first, last), max_size=8)), last})
    found = []
    for start, end in pairwise(cuts):
        read = [t for t in instants if start - shape.reach_us < t <= end]
        found += [s for s in of(read, shape) if start < s.end_us <= end]
    whole = of(instants, shape)
    assert [(s.start_us, s.end_us) for s in found] == [(s.start_us, s.end_us) for s in whole]
    assert found == whole
