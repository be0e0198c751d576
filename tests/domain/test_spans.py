"""Spans, and which of them a schedule's tick has to start."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pipeline.schedule import Schedule
from domain.spans import Span, compact, due_spans, iso, last_ended

DAILY = Schedule.model_validate({"cron": "0 30 1 * * *"})
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
lengths = st.sampled_from(["1h", "6h", "1d", "7d", "90s"])


def day(number: int) -> Span:
    """A day of January 2026."""
    start = datetime(2026, 1, number, tzinfo=UTC)
    return Span(start, start + DAY)


def schedule(span: str, offset: str = "0s", catch_up: int = 7) -> Schedule:
    """A schedule; when it ticks does not matter here."""
    return Schedule.model_validate(
        {"cron": "0 0 * * * *", "span": span, "offset": offset, "catch_up": catch_up}
    )


def test_a_span_runs_forward() -> None:
    """Both ends have a zone, and the end is later."""
    with pytest.raises(ValueError, match="`end` must be after `start`"):
        Span(NOON, NOON)
    with pytest.raises(ValueError, match="with a zone"):
        Span(datetime(2026, 1, 1), datetime(2026, 1, 2))  # noqa: DTZ001 (that is the point)


def test_instants_are_written_in_utc() -> None:
    """With a Z; microseconds only where there are some."""
    berlin = timezone(timedelta(hours=1))
    assert iso(datetime(2026, 1, 1, 1, tzinfo=berlin)) == "2026-01-01T00:00:00Z"
    assert iso(datetime(2026, 1, 1, 1, 0, 0, 5, tzinfo=berlin)) == "2026-01-01T00:00:00.000005Z"
    assert compact(datetime(2026, 1, 1, 1, tzinfo=berlin)) == "20260101T000000Z"
    assert str(day(1)) == "2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z"


def test_a_daily_schedule_means_yesterday() -> None:
    """At any moment of a day; at midnight the day that ends right then."""
    assert last_ended(DAILY, NOON) == day(9)
    assert last_ended(DAILY, day(9).end) == day(9)
    assert last_ended(DAILY, day(9).end - timedelta(microseconds=1)) == day(8)


def test_an_offset_moves_the_spans() -> None:
    """A day from six to six."""
    six = datetime(2026, 1, 10, 6, tzinfo=UTC)
    assert last_ended(schedule("1d", "6h"), NOON) == Span(six - DAY, six)


def test_the_first_tick_starts_the_last_ended_span_only() -> None:
    """A new pipeline does not score all of history by itself."""
    assert due_spans(DAILY, NOON, None) == [day(9)]


def test_a_second_tick_starts_nothing() -> None:
    """A span that was started already is not started again."""
    assert due_spans(DAILY, NOON, day(9).end) == []


def test_missed_ticks_are_made_up_for() -> None:
    """All spans that ended since, oldest first."""
    assert due_spans(DAILY, NOON, day(6).end) == [day(7), day(8), day(9)]


def test_catching_up_is_bounded_and_goes_on() -> None:
    """One tick starts at most `catch_up` spans; the next one continues there."""
    twice = schedule("1d", catch_up=2)
    assert due_spans(twice, NOON, day(3).end) == [day(4), day(5)]
    assert due_spans(twice, NOON, day(5).end) == [day(6), day(7)]


def test_a_ledger_that_is_ahead_starts_nothing() -> None:
    """A clock that was set back doubles nothing."""
    assert due_spans(DAILY, NOON, day(20).end) == []


def test_a_schedule_that_changed_goes_on_without_a_gap() -> None:
    """The first span on the new grid holds the instant at which the old one stopped."""
    [first, *_] = due_spans(schedule("6h"), NOON, NOON - timedelta(hours=10))
    assert first.start <= NOON - timedelta(hours=10) < first.end


@given(
    length=lengths,
    offset_s=st.integers(0, 89),
    catch_up=st.integers(1, 5),
    pauses_s=st.lists(st.integers(0, 2_000_000), min_size=1, max_size=30),
)
def test_ticks_never_skip_or_double_a_span(
    length: str, offset_s: int, catch_up: int, pauses_s: list[int]
) -> None:
    """However late and irregular the ticks are, the spans they start follow each other."""
    plan = schedule(length, f"{offset_s}s", catch_up)
    now, started = NOON, list[Span]()
    for pause in pauses_s:
        now += timedelta(seconds=pause)
        due = due_spans(plan, now, started[-1].end if started else None)
        assert len(due) <= catch_up
        assert all(span.end <= now for span in due)
        if len(due) < catch_up:
            assert [*started, *due][-1] == last_ended(plan, now)
        started += due
    assert all(a.end == b.start for a, b in pairwise(started))
    assert all(span.end - span.start == plan.span for span in started)
