"""Pauses between attempts: as the service asks, or doubling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from simulate.backoff import LONGEST_S, MOST_ASKED_S, pause_s


@pytest.mark.parametrize(("asked", "pause"), [("0", 0.0), ("7", 7.0), ("9999", MOST_ASKED_S)])
def test_the_service_is_heard(asked: str, pause: float) -> None:
    """Seconds, within reason."""
    assert pause_s(1, asked) == pause


def test_a_date_is_heard() -> None:
    """Retry-After may be an HTTP date; one that is over means at once."""
    now = datetime.now(UTC)
    assert 10 < pause_s(1, format_datetime(now + timedelta(seconds=20), usegmt=True)) <= 20
    assert pause_s(1, format_datetime(now - timedelta(days=1), usegmt=True)) == 0.0


@pytest.mark.parametrize("asked", [None, "soon", "-1"])
def test_without_a_word_pauses_double(asked: str | None) -> None:
    """From a tenth of a second to a bound, however many attempts there were."""
    assert 0.05 <= pause_s(1, asked) <= 0.1
    assert 0.4 <= pause_s(4, asked) <= 0.8
    assert LONGEST_S / 2 <= pause_s(10_000, asked) <= LONGEST_S
