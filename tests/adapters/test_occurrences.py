"""When pipelines run next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.occurrences import MOST_EXPECTED, cron_of, next_runs, occurrences
from domain.cost_month import MONTH_S
from domain.errors import SettingsError
from tests.adapters.landing.streams import stream
from tests.domain.cost_samples import NOW
from tests.domain.samples import pipeline

DAY = timedelta(days=1)


def test_ticks_are_ncrontab() -> None:
    """Seconds come first, and a day has to fit both day and weekday."""
    found = occurrences("30 15 2 * * 1", NOW, 14 * DAY, 10)  # NOW is a Monday
    assert [f"{tick:%a %H:%M:%S}" for tick in found] == ["Mon 02:15:30", "Mon 02:15:30"]
    assert occurrences("0 0 0 13 * 5", NOW, 60 * DAY, 10)[0].strftime("%d %a") == "13 Fri"


def test_a_month_of_runs_is_told() -> None:
    """By the file's schedule, or by the setting that replaces it; none on request only."""
    nightly = pipeline(schedule="0 30 1 * * *")
    runs, horizon_s = next_runs(nightly, NOW, {})
    assert (len(runs), runs[0].hour, horizon_s) == (30, 1, MONTH_S)
    assert cron_of(nightly, {"SCHEDULE__fleet": "0 0 5 * * *"}) == "0 0 5 * * *"
    assert next_runs(nightly, NOW, {"SCHEDULE__fleet": "0 0 5 * * *"})[0][0].hour == 5
    assert next_runs(pipeline(), NOW, {}) == ((), MONTH_S)
    assert len(next_runs(stream({"score_every": "6h"}), NOW, {})[0]) == 122


def test_very_many_runs_are_told_for_as_long_as_they_last() -> None:
    """Every ten seconds: the first hundreds say what a month is like."""
    runs, horizon_s = next_runs(pipeline(schedule="*/10 * * * * *"), NOW, {})
    assert (len(runs), horizon_s) == (MOST_EXPECTED, 3_000)


def test_what_is_no_schedule_is_told_without_its_value() -> None:
    """It may come from a setting."""
    with pytest.raises(SettingsError, match="must be an NCRONTAB expression") as raised:
        occurrences("99 s3cret * * * *", NOW, DAY, 1)
    assert "s3cret" not in str(raised.value)
