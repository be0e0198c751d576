"""A plan cannot be one that makes no sense, and says which field breaks which rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulate import Burst, PlanError, default_start
from tests.simulate.plans import START, make_plan


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rate": 0}, "`rate` must be above 0 and at most 1000000; got 0"),
        ({"rate": float("nan")}, "`rate` must be above 0 and at most 1000000; got nan"),
        ({"late": 1.5}, "`late` must be a share from 0 to 1; got 1.5"),
        ({"devices": 0}, "`devices` must be from 1 to 100000; got 0"),
        ({"speed": 0.5}, "`speed` must be from 1 to 100000; got 0.5"),
        ({"duration_s": 0}, "`duration_s` must be above 0; got 0"),
        ({"faults": 51}, "`faults` must be at most the number of sensors, 50; got 51"),
        ({"per_event": 2}, "`format` must be array or lines if an event holds several readings"),
        ({"format": "csv"}, "`format` must be of object, array, lines; got csv"),
        ({"late": 0.6, "garbage": 0.6, "lateness_s": 1}, "`late` must be at most 1 together with"),
        ({"late": 0.1, "lateness_s": 10}, "`lateness_s` must be less than the stream is long, 10"),
        ({"bursts": (Burst(1, 0, 2),)}, "`bursts` must last more than 0 s; got 1:0:2"),
        ({"bursts": (Burst(1, 1, -2),)}, "`bursts` must have a factor from 0 to 1000; got 1:1:-2"),
        ({"duration_s": 1e9, "speed": 10}, "`duration_s` must be at most 50 years of stream"),
        ({"start": datetime(1960, 1, 1, tzinfo=UTC)}, "`start` must be in the years 1970 to"),
        ({"start": datetime(2026, 1, 1)}, "`start` must have a zone, such as Z"),  # noqa: DTZ001
    ],
)
def test_a_wrong_plan_is_refused(fields: dict[str, Any], message: str) -> None:
    """The field, the rule and the value are told."""
    with pytest.raises(PlanError) as error:
        make_plan(**fields)
    assert str(error.value).startswith(message)


def test_a_fast_stream_ends_now() -> None:
    """With a speed and a duration, stream time reaches the time of day at the end."""
    assert default_start(START, 60, 10) == START - timedelta(seconds=600)
    assert default_start(START, 60, 1) == START
    assert default_start(START, None, 10) == START
