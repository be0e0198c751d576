"""Windows as Stream Analytics defines them."""

import doctest
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import windows
from domain.windows import ZERO_HOUR_US, from_us, grid_ceil, grid_floor, to_us, window_ends

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
instants = st.integers(-3 * 10**15, 7 * 10**15)  # 1874 to 2191
hops = st.integers(1, 90) | st.sampled_from([1_000, 250_000, MINUTE, HOUR, DAY, 7 * DAY])


def at(text: str) -> int:
    """Microseconds of an instant in UTC."""
    return to_us(datetime.fromisoformat(text).replace(tzinfo=UTC))


def labels(ends: list[int]) -> list[str]:
    """The ends as text."""
    return [from_us(us).strftime("%H:%M") for us in ends]


def by_definition(us: int, size: int, hop: int, offset: int, closed: str) -> list[int]:
    """All grid points that end a window with the instant in it: tried one by one."""
    origin = ZERO_HOUR_US + offset
    first = (us - size - origin) // hop - 1
    points = (origin + n * hop for n in range(first, first + 2 * (size // hop) + 6))
    if closed == "right":
        return [end for end in points if end - size < us <= end]
    return [end for end in points if end - size <= us < end]


@pytest.mark.parametrize(
    ("instant", "end"),
    [
        ("2026-01-01T12:00:00", "12:00"),
        ("2026-01-01T12:00:00.000001", "13:00"),
        ("2026-01-01T12:59:59.999999", "13:00"),
        ("2026-01-01T13:00:00", "13:00"),
    ],
)
def test_a_tumbling_window_excludes_its_start_and_includes_its_end(instant: str, end: str) -> None:
    """12:00 to 13:00 includes 13:00 and excludes 12:00, and is labelled 13:00."""
    assert labels(window_ends(at(instant), HOUR, HOUR)) == [end]


def test_closed_left_is_the_other_way_round() -> None:
    """With closed: left a window includes its start and excludes its end."""
    assert labels(window_ends(at("2026-01-01T12:00:00"), HOUR, HOUR, closed="left")) == ["13:00"]
    assert labels(window_ends(at("2026-01-01T12:59:59.999999"), HOUR, HOUR, closed="left")) == [
        "13:00"
    ]


def test_a_hopping_window_covers_its_size_at_every_hop() -> None:
    """A reading on a boundary is in the window that ends there, and not in the one that begins."""
    ends = window_ends(at("2026-01-01T12:00:00"), 3 * HOUR, HOUR)
    assert labels(ends) == ["12:00", "13:00", "14:00"]
    ends = window_ends(at("2026-01-01T12:00:00.000001"), 3 * HOUR, HOUR)
    assert labels(ends) == ["13:00", "14:00", "15:00"]


def test_weeks_end_on_mondays() -> None:
    """The grid starts at the zero hour, 0001-01-01, which was a Monday."""
    [end] = window_ends(at("2026-01-01T00:00:00"), 7 * DAY, 7 * DAY)
    assert from_us(end) == datetime(2026, 1, 5, tzinfo=UTC)
    assert from_us(end).strftime("%A %H:%M") == "Monday 00:00"


def test_an_offset_moves_the_grid() -> None:
    """Hours that end at a quarter past."""
    ends = window_ends(at("2026-01-01T12:15:00.000001"), HOUR, HOUR, 15 * MINUTE)
    assert labels(ends) == ["13:15"]


@given(us=instants, hop=hops, times=st.integers(1, 12), offset=st.integers(0, DAY))
def test_an_instant_lies_in_size_by_hop_windows(us: int, hop: int, times: int, offset: int) -> None:
    """When the hop divides the size, no instant is in more or fewer windows than size / hop."""
    for closed in ("right", "left"):
        assert len(window_ends(us, times * hop, hop, offset % hop, closed)) == times


@given(
    us=instants,
    hop=hops,
    extra=st.integers(0, 400),
    offset=st.integers(0, DAY),
    closed=st.sampled_from(["right", "left"]),
)
def test_window_ends_follow_the_definition(
    us: int, hop: int, extra: int, offset: int, closed: str
) -> None:
    """Also when the hop does not divide the size, with an offset, and before 1970."""
    size = hop + extra * hop // 37
    found = window_ends(us, size, hop, offset % hop, closed)
    assert found == by_definition(us, size, hop, offset % hop, closed)


@given(us=instants, hop=hops, offset=st.integers(0, DAY))
def test_the_grid_holds_every_instant_between_two_points(us: int, hop: int, offset: int) -> None:
    """Floor and ceil are the nearest grid points; on the grid they are the same."""
    below, above = grid_floor(us, hop, offset), grid_ceil(us, hop, offset)
    assert below <= us <= above
    assert above - below == (0 if below == us else hop)
    assert (below - ZERO_HOUR_US - offset) % hop == 0


@given(st.datetimes(timezones=st.timezones()))
def test_instants_survive_as_microseconds(instant: datetime) -> None:
    """Whatever the zone, and without passing through a float."""
    try:
        in_utc = instant.astimezone(UTC)
    except OverflowError:
        return
    assert from_us(to_us(instant)) == in_utc
    assert to_us(instant) == (in_utc - windows.EPOCH) // timedelta(microseconds=1)


def test_the_examples_in_the_documentation_are_true() -> None:
    """The docstrings' examples run."""
    assert doctest.testmod(windows).failed == 0
