"""The stretches of time by which a stream is filed and scored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intervals import (
    Interval,
    burst_instance_id,
    first_and_last_end,
    interval_of,
    intervals_between,
    labelled,
    touched,
)
from domain.windows import to_us, window_ends
from tests.domain.streams import stream_pipeline

SECOND, MINUTE, HOUR = 1_000_000, 60_000_000, 3_600_000_000
QUARTER = 15 * MINUTE
instants = st.integers(-2_000 * 10**12, 7_000 * 10**12)
lengths = st.integers(1, 7 * 86_400).map(lambda seconds: seconds * SECOND)


def at(text: str) -> int:
    """Microseconds of a time on 2026-01-01 in UTC."""
    return to_us(datetime.fromisoformat(f"2026-01-01T{text}").replace(tzinfo=UTC))


def labels(found: list[Interval]) -> list[str]:
    """When they end."""
    return [interval.label[11:16] for interval in found]


@pytest.mark.parametrize(
    ("instant", "label"),
    [
        ("12:00:00", "2026-01-01T12-00-00Z"),
        ("12:00:00.000001", "2026-01-01T12-15-00Z"),
        ("12:15:00", "2026-01-01T12-15-00Z"),
        ("23:45:00.000001", "2026-01-02T00-00-00Z"),
    ],
)
def test_an_interval_includes_its_end_alone(instant: str, label: str) -> None:
    """As a window does; and it is known by its end."""
    found = interval_of(at(instant), QUARTER)
    assert found.label == label
    assert found.start_us < at(instant) <= found.end_us
    assert found.span.end - found.span.start == QUARTER * datetime.resolution
    assert burst_instance_id("fleet", found) == f"fleet@{label}"


@given(us=instants, every=lengths)
def test_labels_lead_back(us: int, every: int) -> None:
    """Every interval is found by its label, and follows the one before it."""
    interval = interval_of(us, every)
    assert labelled(interval.label, every) == interval
    assert interval_of(interval.end_us, every) == interval
    assert interval_of(interval.end_us + 1, every) == interval.next
    assert interval_of(interval.start_us, every).next == interval


@pytest.mark.parametrize("label", ["2026-01-01T12-10-00Z", "2026-01-01", "", "x"])
def test_other_labels_are_refused(label: str) -> None:
    """One that is not on the grid is of another `score_every`."""
    with pytest.raises(ValueError, match=r"is not the end of an interval|does not match"):
        labelled(label, QUARTER)


@given(us=instants, more=st.integers(0, 40), every=lengths)
def test_intervals_between_two_instants_follow_each_other(us: int, more: int, every: int) -> None:
    """From the one that holds the first to the one that holds the last."""
    last = us + more * every // 3
    found = intervals_between(us, last, every)
    assert (found[0], found[-1]) == (interval_of(us, every), interval_of(last, every))
    assert [one.next for one in found[:-1]] == found[1:]


@given(
    us=instants,
    hop=st.integers(1, 400).map(lambda seconds: seconds * SECOND),
    size=st.integers(1, 3_000).map(lambda seconds: seconds * SECOND),
    closed=st.sampled_from(["right", "left"]),
)
def test_an_event_has_the_ends_of_its_windows(us: int, hop: int, size: int, closed: str) -> None:
    """The first and the last of those that hold it."""
    windows = {
        "kind": "hopping",
        "size": f"{max(size, hop)}us",
        "hop": f"{hop}us",
        "closed": closed,
    }
    ends = window_ends(us, max(size, hop), hop, 0, closed)
    assert first_and_last_end(us, stream_pipeline(windows)) == (ends[0], ends[-1])


@pytest.mark.parametrize(
    ("windows", "instant", "found"),
    [
        ({"kind": "tumbling", "size": "5m"}, "12:14:00", ["12-15"]),
        ({"kind": "tumbling", "size": "1h"}, "12:14:00", ["13-00"]),
        ({"kind": "tumbling", "size": "5m"}, "12:15:00", ["12-15"]),
        ({"kind": "tumbling", "size": "5m", "closed": "left"}, "12:15:00", ["12-30"]),
        ({"kind": "hopping", "size": "30m", "hop": "5m"}, "12:14:00", ["12-15", "12-30", "12-45"]),
        ({"kind": "snapshot"}, "12:15:00", ["12-15"]),
    ],
)
def test_an_event_touches_the_intervals_that_its_windows_end_in(
    windows: dict[str, Any], instant: str, found: list[str]
) -> None:
    """No more and no less, whether they are over or not."""
    for now in (at("12:00:00"), at("23:00:00")):
        assert labels(touched(at(instant), stream_pipeline(windows), QUARTER, now)) == found


def test_a_session_ends_a_timeout_after_its_last_event() -> None:
    """Which may be in the next interval."""
    pipeline = stream_pipeline({"kind": "session", "timeout": "2m", "max_duration": "10m"})
    found = touched(at("12:14:00"), pipeline, QUARTER, at("12:00:00"))
    assert labels(found) == ["12-15", "12-30"]


def test_a_session_may_reach_intervals_that_are_over() -> None:
    """A late event joins or prolongs sessions: what was scored up to its reach is touched."""
    windows = {"kind": "session", "timeout": "10m", "max_duration": "30m"}
    pipeline = stream_pipeline(windows)
    late = touched(at("12:01:00"), pipeline, QUARTER, at("23:00:00"))
    assert labels(late) == ["12-15", "12-30", "12-45", "13-00", "13-15"]
    assert labels(touched(at("12:01:00"), pipeline, QUARTER, at("12:46:00"))) == [
        "12-15",
        "12-30",
        "12-45",
    ]
    assert labels(touched(at("12:01:00"), pipeline, QUARTER, at("12:01:00"))) == ["12-15"]
