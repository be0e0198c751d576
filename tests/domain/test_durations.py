"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.durations import UNITS_US, format_duration, microseconds, parse_duration

durations = st.timedeltas(timedelta(0), timedelta(days=100_000))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("5m", timedelta(minutes=5)),
        ("1h", timedelta(hours=1)),
        ("90s", timedelta(seconds=90)),
        ("250ms", timedelta(milliseconds=250)),
        ("7us", timedelta(microseconds=7)),
        ("1d", timedelta(days=1)),
        ("0s", timedelta(0)),
        ("007m", timedelta(minutes=7)),
    ],
)
def test_a_duration_is_a_whole_number_and_a_unit(text: str, length: timedelta) -> None:
    """Every unit, read exactly."""
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "5",
        "m",
        "5 m",
        " 5m",
        "5m\n",
        "-5m",
        "1.5h",
        "5M",
        "1w",
        "1h30m",
        "\N{ARABIC-INDIC DIGIT FIVE}m",
        5,
        None,
    ],
)
def test_anything_else_is_refused(wrong: object) -> None:
    """No sign, no fraction, no blank, no other unit, no number alone."""
    with pytest.raises(ValueError, match="must be a whole number and a unit"):
        parse_duration(wrong)


@pytest.mark.parametrize("text", ["9999999999d", "9" * 30 + "us", "9" * 5000 + "s"])
def test_a_duration_that_no_calendar_holds_is_refused(text: str) -> None:
    """Too long is a broken rule like others, not a crash."""
    with pytest.raises(ValueError, match="must be less than"):
        parse_duration(text)


@given(durations)
def test_a_duration_survives_as_text(length: timedelta) -> None:
    """What is written reads back to the same length, in the largest unit that fits."""
    text = format_duration(length)
    assert parse_duration(text) == length == parse_duration(length)
    number, unit = int(text.rstrip("dhmsu")), text.lstrip("0123456789")
    assert number * UNITS_US[unit] == microseconds(length)
    larger = [u for u, us in UNITS_US.items() if us > UNITS_US[unit]]
    assert not length or all(microseconds(length) % UNITS_US[u] for u in larger)
