"""The time policy of streams is Stream Analytics'."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pipeline.events import OutOfOrder
from domain.time_policy import EARLY, LATE, OVERTAKEN, effective, longest_shift, overtaking
from tests.domain.streams import stream

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
NOON = 1_767_268_800 * SECOND


def at(text: str) -> int:
    """Minutes and seconds after some hour, such as 10:25."""
    minutes, seconds = text.split(":")
    return NOON + int(minutes) * MINUTE + int(seconds) * SECOND


def said(us: int | str) -> str:
    """The inverse of `at`."""
    assert isinstance(us, int)
    minutes, seconds = divmod((us - NOON) // SECOND, 60)
    return f"{minutes:02}:{seconds:02}"


def test_the_documented_example_is_ours() -> None:
    """Late by at most 15 s, out of order by at most 5 s: what Stream Analytics' manual counts."""
    source = stream(
        late_arrival={"tolerance": "15s"}, out_of_order={"tolerance": "5s"}, early_arrival="5m"
    )
    events = [
        ("10:00", "10:40"),
        ("10:30", "10:41"),
        ("10:42", "10:42"),
        ("10:38", "10:43"),
        ("10:35", "10:45"),
    ]
    landed = [effective(at(event), at(arrival), source) for event, arrival in events]
    assert [said(us) for us in landed] == ["10:25", "10:30", "10:42", "10:38", "10:35"]
    counted = overtaking([us for us in landed if isinstance(us, int)], source.out_of_order)
    assert [said(us) for us in counted] == ["10:25", "10:30", "10:42", "10:38", "10:37"]


@pytest.mark.parametrize(
    ("policy", "behind", "counts_for"),
    [
        ("adjust", -5 * MINUTE, 5 * MINUTE),
        ("adjust", -5 * MINUTE - 1, EARLY),
        ("adjust", 5 * SECOND, -5 * SECOND),
        ("adjust", 5 * SECOND + 1, -5 * SECOND),
        ("adjust", 99 * DAY, -5 * SECOND),
        ("drop", 5 * SECOND, -5 * SECOND),
        ("drop", 5 * SECOND + 1, LATE),
        ("drop", -5 * MINUTE - 1, EARLY),
        ("rescore", 5 * SECOND + 1, -5 * SECOND - 1),
        ("rescore", DAY, -DAY),
        ("rescore", DAY + 1, LATE),
        ("rescore", -5 * MINUTE - 1, EARLY),
    ],
)
def test_events_count_for_their_own_time_within_bounds(
    policy: str, behind: int, counts_for: int | str
) -> None:
    """At a boundary an event is still good; by default 5 minutes ahead and 5 seconds behind."""
    late = {"policy": policy, "limit": "1d"}
    found = effective(NOON - behind, NOON, stream(late_arrival=late))
    assert found == (counts_for if isinstance(counts_for, str) else NOON + counts_for)


def test_without_a_rule_events_may_come_in_any_order() -> None:
    """The third step is not applied unless somebody asks for it."""
    assert overtaking([5, 1, 9, 2], None) == [5, 1, 9, 2]


@pytest.mark.parametrize(
    ("policy", "found"),
    [("adjust", [10, 8, 8, 20, 18, 18]), ("drop", [10, 8, OVERTAKEN, 20, OVERTAKEN, 18])],
)
def test_overtaken_events_are_moved_or_not_taken(policy: str, found: list[int | str]) -> None:
    """Those behind the latest one by more than the tolerance; moving one does not move others."""
    rule = OutOfOrder.model_validate({"tolerance": "2us", "policy": policy})
    assert overtaking([10, 8, 7, 20, 0, 18], rule) == found


@given(
    events=st.lists(st.tuples(st.integers(-2 * HOUR, 2 * HOUR), st.integers(0, MINUTE))),
    policy=st.sampled_from(["adjust", "drop", "rescore"]),
    tolerance=st.sampled_from(["0s", "5s", "1h"]),
)
def test_no_event_is_moved_further_than_the_longest_shift(
    events: list[tuple[int, int]], policy: str, tolerance: str
) -> None:
    """And none is moved back in time; what is within the tolerance of the latest one stays."""
    source = stream(
        late_arrival={"policy": policy, "tolerance": "5s", "limit": "90m"},
        out_of_order={"tolerance": tolerance},
        early_arrival="1m",
    )
    arrival, landed = NOON, []
    for ahead, later in events:
        arrival += later
        us = effective(arrival + ahead, arrival, source)
        if isinstance(us, int):
            landed.append(us)
    for us, moved in zip(landed, overtaking(landed, source.out_of_order), strict=True):
        assert isinstance(moved, int)
        assert us <= moved <= us + longest_shift(source)


def test_without_a_rule_nothing_is_moved() -> None:
    """The longest shift is none."""
    assert longest_shift(stream()) == 0
