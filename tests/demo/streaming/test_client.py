"""Asking the app about a stream: which span, how pages follow each other, what silence means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from demo.errors import DemoError
from demo.streaming.client import StreamClient
from demo.streaming.reasons import short_reason
from tests.demo.builders import MIDNIGHT
from tests.demo.streams import FIVE, MINUTE, TEN, stream_pipeline

LINE: dict[str, Any] = {
    "interval": FIVE,
    "from": "2026-01-10T00:00:00Z",
    "to": "2026-01-10T00:05:00Z",
    "events": 12,
    "new_events": 2,
    "collecting": True,
    "run_id": "r-1",
    "revision": 1,
    "status": "Running",
    "counts": {"events_read": 10, "windows": None},
}


def _client(answer: Callable[[httpx.Request], httpx.Response]) -> StreamClient:
    end = MIDNIGHT + 10 * MINUTE
    transport = httpx.MockTransport(answer)
    return StreamClient("http://app.test/", stream_pipeline(), MIDNIGHT, end, transport)


def test_intervals_are_asked_for_with_the_one_before() -> None:
    """An event that lies exactly at the start belongs to the interval that ends there."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        nothing = dict.fromkeys(LINE) | {"interval": TEN}
        return httpx.Response(200, json={"intervals": [nothing, LINE], "next": None})

    with _client(answer) as client:
        look = client.intervals()
    assert asked[0].url.path == "/api/pipelines/fleet_stream/intervals"
    query = {"from": "2026-01-09T23:55:00Z", "to": "2026-01-10T00:10:00Z"}
    assert dict(asked[0].url.params) == query
    assert look is not None
    assert [one.label for one in look] == [FIVE, TEN]
    assert (look[0].events, look[0].new_events, look[0].collecting) == (12, 2, True)
    assert (look[0].count("events_read"), look[0].count("windows")) == (10, 0)
    assert (look[1].events, look[1].run_id, look[1].revision) == (0, None, 0)


@pytest.mark.parametrize("status", [404, 500, 503])
def test_an_app_that_is_away_tells_no_intervals(status: int) -> None:
    """That may pass, so it is not an error yet."""
    assert _client(lambda _: httpx.Response(status)).intervals() is None

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    assert _client(refuse).intervals() is None


def test_the_quarantine_is_counted_page_by_page() -> None:
    """Reasons are the same if they differ only in the value or the place."""
    pages = {
        None: ({"reason": "`value` must be a number; got x"}, "a"),
        "a": ({"reason": "`value` must be a number; got y"}, "b"),
        "b": ({"reason": "key `device` is missing"}, None),
    }

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.params["limit"] == "1000"
        event, following = pages[request.url.params.get("after")]
        return httpx.Response(200, json={"events": [event], "next": following})

    found = _client(answer).quarantined()
    assert found == {"`value` must be a number": 2, "key `device` is missing": 1}


def test_a_quarantine_that_is_not_told_is_an_error() -> None:
    """Without it nobody knows whether all events are accounted for."""
    with pytest.raises(DemoError, match="does not tell what is in the quarantine"):
        _client(lambda _: httpx.Response(500)).quarantined()


@pytest.mark.parametrize(
    ("reason", "short"),
    [
        ("the event must be JSON: Expecting value: line 1 column 1 (char 0)",
         "the event must be JSON: Expecting value"),
        ("the event must be UTF-8: invalid start byte at byte 12", "the event must be UTF-8"),
        ("key `device` is missing", "key `device` is missing"),
        ("x" * 100, "x" * 79 + "…"),
    ],
)  # fmt: skip
def test_reasons_are_rules(reason: str, short: str) -> None:
    """What is peculiar to one event would make as many reasons as events."""
    assert short_reason(reason) == short
