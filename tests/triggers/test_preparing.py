"""Windows for training are made once, and anew when that is asked for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from domain.requests import run_request, windows_request
from domain.spans import Span
from tests.domain.samples import pipeline
from tests.triggers.durable import Durable
from triggers.preparing import prepare

SPAN = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
REQUEST = windows_request(pipeline(), SPAN)
ID = REQUEST.run.run_id


@pytest.mark.parametrize(
    ("status", "fresh", "started"),
    [
        (None, False, True),
        ("Pending", False, False),
        ("Running", True, False),
        ("Completed", False, False),
        ("Completed", True, True),
        ("Failed", False, True),
        ("Terminated", False, True),
    ],
)
def test_windows_are_made_when_they_are_not_there(
    status: str | None, fresh: bool, started: bool
) -> None:
    """What is under way or done is left alone; what failed, or is wanted fresh, is made again."""
    client = Durable(**({ID: status} if status else {}))
    assert asyncio.run(prepare(client, REQUEST, fresh=fresh)) is started
    assert client.done == ([("start prepare_windows", ID)] if started else [])


def test_the_name_says_how_the_windows_are_made() -> None:
    """Another input or other windows are another folder; another model is not."""
    other_input = windows_request(pipeline(), SPAN, input="raw/mine.csv").run.run_id
    other_windows = windows_request(
        pipeline(windows={"kind": "tumbling", "size": "7m"}), SPAN
    ).run.run_id
    other_model = windows_request(pipeline(model={"endpoint": "another"}), SPAN).run.run_id
    assert len({ID, other_input, other_windows}) == 3
    assert other_model == ID
    assert run_request(pipeline(), SPAN, trigger="http").run.run_id != ID
