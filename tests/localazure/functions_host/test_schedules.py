"""Timer schedules."""

from datetime import UTC, datetime

import pytest

from localazure.functions_host.schedules import parse_schedule

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("*/15 * * * * *", "2026-01-01T12:00:15+00:00"),
        ("0 30 1 * * *", "2026-01-02T01:30:00+00:00"),
        ("30 1 * * *", "2026-01-02T01:30:00+00:00"),
        ("0 0 9 * * Mon-Fri", "2026-01-02T09:00:00+00:00"),
        ("0 0 0 * * 0", "2026-01-04T00:00:00+00:00"),
        ("0 0 0 13 * 5", "2026-02-13T00:00:00+00:00"),
        ("00:05:00", "2026-01-01T12:05:00+00:00"),
        ("1.00:00:00", "2026-01-02T12:00:00+00:00"),
    ],
)
def test_the_next_tick(text: str, following: str) -> None:
    """Seconds come first, both day fields have to fit, intervals are constant."""
    assert parse_schedule(text).after(NOON).isoformat() == following


@pytest.mark.parametrize("text", ["", "* * *", "61 * * * * *", "every day", "00:00:00"])
def test_other_schedules_are_refused(text: str) -> None:
    """What is no schedule says so."""
    with pytest.raises(ValueError, match="must"):
        parse_schedule(text)
