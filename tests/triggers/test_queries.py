"""Parameters of a request are read, and every wrong one is told."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from domain.errors import RequestError
from triggers.queries import Query

DAY, INSTANT = date(2026, 1, 31), datetime(2026, 1, 31, 12, tzinfo=UTC)


def wrong(query: Query) -> list[str]:
    """What `check` tells."""
    with pytest.raises(RequestError) as told:
        query.check()
    return [problem.field for problem in told.value.problems]


def test_what_is_given_is_read() -> None:
    """Every kind in its own form; the key of the function is Azure's own."""
    given = {"day": "2026-01-31", "n": "5", "text": "x", "one": "b", "code": "secret"}
    query = Query(given, ["day", "n", "text", "one"])
    assert query.day("day", date(2000, 1, 1)) == DAY
    assert query.whole("n", 1, 5) == 5
    assert query.text("text") == "x"
    assert query.one_of("one", ["a", "b"]) == "b"
    query.check()


def test_what_is_not_given_has_its_default() -> None:
    """An empty text is none."""
    query = Query({"empty": ""}, ["empty", "x"])
    assert query.day("x", DAY) == DAY and query.instant("x", INSTANT) == INSTANT
    assert query.whole("x", 3, 9) == 3
    assert query.text("x") is None and query.text("empty") is None
    assert query.one_of("x", ["a"]) is None
    query.check()


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00",
        "2026-01-31T14:00:00+02:00",
        "2026-01-31T14:00:00 02:00",
        "2026-01-31 12:00",
    ],
)
def test_an_instant_is_in_utc(text: str) -> None:
    """Whatever zone it names; a + that was not escaped came as a blank."""
    query = Query({"from": text}, ["from"])
    assert query.instant("from", datetime(2000, 1, 1, tzinfo=UTC)) == INSTANT
    query.check()


@pytest.mark.parametrize("value", ["0", "10", "-1", "1.5", "x", "", "²", "٣"])
def test_a_whole_number_lies_within_its_bounds(value: str) -> None:
    """And is written in plain digits."""
    query = Query({"limit": value}, ["limit"])
    assert query.whole("limit", 2, 9) == 2
    assert wrong(query) == ["limit"]


@pytest.mark.parametrize("value", ["yesterday", "2026-02-30", "1800-01-01", "9999-01-01", ""])
def test_a_day_is_a_day_that_can_be_computed_with(value: str) -> None:
    """Far from what a datetime can hold."""
    query = Query({"from": value}, ["from"])
    assert query.day("from", DAY) == DAY
    assert query.instant("from", INSTANT) == INSTANT
    assert wrong(query) == ["from", "from"]


def test_all_that_is_wrong_is_told_at_once() -> None:
    """With the rule; unknown names with those that are known, without their values."""
    query = Query({"limt": "5", "n": "x", "one": "c"}, ["n", "one"])
    query.whole("n", 1, 5)
    assert query.one_of("one", ["a", "b"]) is None
    assert wrong(query) == ["limt", "n", "one"]
    rules = [problem.rule for problem in query.problems]
    assert rules == ["must be one of n, one", "must be from 1 to 5", "must be one of a, b"]
