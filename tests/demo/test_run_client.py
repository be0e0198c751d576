"""Talking to the app: what is asked, how answers are read, and when to give up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import httpx
import pandas as pd
import pytest

from demo.data import Data
from demo.errors import DemoError
from demo.run_client import SILENCE_S, STANDSTILL_S, RunClient
from demo.run_state import RunState, parse_run
from tests.demo.builders import COLUMNS, FACTS, MIDNIGHT

DATA = Data(MIDNIGHT, MIDNIGHT + timedelta(days=1), 10, pd.DataFrame())
BODY: dict[str, Any] = {
    "run_id": "p-1",
    "pipeline": "p",
    "status": "Running",
    "stage": "scoring",
    "counts": {"events_read": 5, "windows": None},
    "chunks": {"queued": 1, "running": 1, "scored": 2, "failed": 0},
    "errors": [{"chunk": 3, "attempt": 2, "reason": "lost"}],
    "seconds": {"listing": 0.5},
    "reconciled": None,
}


def _client(answer: Callable[[httpx.Request], httpx.Response]) -> RunClient:
    return RunClient("http://app.test/", httpx.MockTransport(answer))


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now = 0.0

    def wait(self, seconds: float) -> None:
        """Lets time pass."""
        self.now += seconds

    def __call__(self) -> float:
        """What time it is."""
        return self.now


def _follow(client: RunClient, check: Callable[[], None] = lambda: None) -> list[RunState]:
    clock = Clock()
    return list(client.follow("p-1", check, wait=clock.wait, clock=clock))


def test_a_run_is_asked_for_with_its_span() -> None:
    """The body has from and to in UTC, and nothing else unless there is an input."""
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path, json.loads(request.content)))
        return httpx.Response(202, json={"id": "p-1"})

    assert _client(answer).start("p", DATA) == "p-1"
    body = {"from": "2026-01-10T00:00:00Z", "to": "2026-01-11T00:00:00Z"}
    assert asked == [("POST", "/api/pipelines/p/runs", body)]
    _client(answer).start("p", Data(DATA.start, DATA.end, 1, pd.DataFrame(), input="raw/input/x"))
    assert asked[1][2] == {**body, "input": "raw/input/x"}


def test_a_refused_run_says_why() -> None:
    """The app's own words reach the person at the terminal."""
    client = _client(lambda _: httpx.Response(400, text='{"title": "`to` must be after `from`"}'))
    with pytest.raises(DemoError, match=r"refused with 400: .*must be after"):
        client.start("p", DATA)


def test_an_app_that_is_away_is_an_error_at_start() -> None:
    """Without an app there is no run."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(DemoError, match="the app does not answer: refused"):
        _client(answer).start("p", DATA)


def test_a_run_is_read_as_the_app_tells_it() -> None:
    """Counts that are not known yet are 0; errors are sentences."""
    with _client(lambda _: httpx.Response(200, json=BODY)) as client:
        state = client.state("p-1")
    assert state is not None
    assert (state.count("events_read"), state.count("windows"), state.all_chunks) == (5, 0, 4)
    assert state.errors == ("chunk 3, attempt 2: lost",)
    assert not state.has_ended
    assert not state.is_good


def test_facts_are_none_until_they_are_told() -> None:
    """A topic that the app could not find out is a warning, and not a number."""
    state = parse_run(BODY)
    assert (state.facts.measured, state.facts.metered, state.facts.sized) == (None, None, None)
    assert (state.facts.deployment, state.facts.rejected, state.facts.warnings) == (None, {}, ())
    facts = parse_run(BODY | {"facts": FACTS | {"cost": {"error": "away"}}}).facts
    assert facts.measured is not None
    assert (facts.measured.worst_psi, facts.metered) == (0.4123, None)
    assert facts.warnings == (*facts.measured.warnings, "cost is not known: away")


def test_the_columns_of_a_run_are_read_as_the_app_tells_them() -> None:
    """What belongs to the run rather than to the column is left out."""
    lines = [{"run_id": "p-1", **asdict(column)} for column in COLUMNS]

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/runs/p-1/quality"
        return httpx.Response(200, json={"quality": lines})

    assert _client(answer).quality("p-1") == COLUMNS


def test_a_quality_that_is_not_told_is_an_error() -> None:
    """The app's answer is in the message."""
    with pytest.raises(DemoError, match=r"does not tell the run's quality: .*500"):
        _client(lambda _: httpx.Response(500)).quality("p-1")


@pytest.mark.parametrize(
    ("status", "reconciled", "good"),
    [
        ("Completed", True, True),
        ("Completed", False, False),
        ("Completed", None, False),
        ("CompletedWithErrors", True, False),
        ("Failed", True, False),
        ("Cancelled", None, False),
    ],
)
def test_only_a_completed_and_reconciled_run_is_good(
    status: str, reconciled: bool | None, good: bool
) -> None:
    """Anything less makes the demo fail."""
    body = BODY | {"status": status, "reconciled": reconciled, "error": "no such endpoint"}
    state = _client(lambda _: httpx.Response(200, json=body)).state("p-1")
    assert state is not None
    assert (state.has_ended, state.is_good) == (True, good)
    assert state.errors[0] == "run: no such endpoint"


def test_a_run_is_followed_to_its_end() -> None:
    """States come as they change; a moment in which the app does not answer does not matter."""
    ended = BODY | {"status": "Completed", "stage": "ended"}
    answers = iter(
        [
            httpx.Response(404),
            httpx.Response(200, json=BODY),
            httpx.Response(503),
            httpx.Response(200, json=ended),
        ]
    )
    states = _follow(_client(lambda _: next(answers)))
    assert [state.status for state in states] == ["Running", "Completed"]


def test_an_app_that_stays_silent_is_given_up() -> None:
    """After a minute without an answer the demo ends."""
    clock = Clock()
    client = _client(lambda _: httpx.Response(500))
    with pytest.raises(DemoError, match="has told nothing of run p-1"):
        list(client.follow("p-1", lambda: None, wait=clock.wait, clock=clock))
    assert clock.now == pytest.approx(SILENCE_S, abs=2)


def test_a_run_that_stands_still_is_given_up() -> None:
    """A run that shows no progress for a quarter of an hour does not keep the demo for ever."""
    clock = Clock()
    client = _client(lambda _: httpx.Response(200, json=BODY))
    with pytest.raises(DemoError, match="p-1 stands still in stage scoring"):
        list(client.follow("p-1", lambda: None, wait=clock.wait, clock=clock))
    assert clock.now == pytest.approx(STANDSTILL_S, abs=2)


def test_a_stand_in_that_ended_stops_the_waiting() -> None:
    """The check of the child is made before every look."""

    def check() -> None:
        raise DemoError("the stand-in ended by itself")

    with pytest.raises(DemoError, match="ended by itself"):
        _follow(_client(lambda _: httpx.Response(200, json=BODY)), check)
