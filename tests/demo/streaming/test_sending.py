"""The sender's thread: what it shows, and how its errors reach the one who waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from demo.errors import DemoError
from demo.streaming import sending as module
from demo.streaming.plan import stream_plan
from demo.streaming.sending import sending
from demo.streaming.sent import Sent
from simulate import UnreachableError
from tests.demo.builders import MIDNIGHT
from tests.demo.streams import make_progress, make_told, stream_pipeline

PLAN = stream_plan(stream_pipeline(), 7, MIDNIGHT)


@pytest.fixture
def send(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Any]], None]:
    """Puts a function in the place of `simulate.run`; the target is of no account."""

    def put(run: Callable[..., Any]) -> None:
        monkeypatch.setattr(module, "find_target", lambda *_: None)
        monkeypatch.setattr(module, "run", run)

    return put


def test_the_stream_is_sent_and_shown(send: Callable[[Callable[..., Any]], None]) -> None:
    """The latest progress can be looked at; arrivals are told; the result is the summary."""
    told: dict[str, Any] = {}

    def run(plan: Any, _target: Any, on_progress: Any, **options: Any) -> Any:
        told.update(options, plan=plan)
        on_progress(make_progress(sent=3))
        return make_told()

    send(run)
    sent = Sent(stream_pipeline())
    with sending(PLAN, sent) as under_way:
        assert under_way.is_over_within(10)
        assert under_way.result() == make_told()
    assert under_way.progress == make_progress(sent=3)
    assert (told["plan"], told["on_sent"], told["tell_arrival"]) == (PLAN, sent, True)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (UnreachableError("nothing answers"), DemoError, "could not be sent: nothing answers"),
        (ZeroDivisionError("a mistake of ours"), ZeroDivisionError, "a mistake of ours"),
    ],
)
def test_what_goes_wrong_is_raised_where_somebody_waits(
    error: Exception,
    kind: type[Exception],
    said: str,
    send: Callable[[Callable[..., Any]], None],
) -> None:
    """A thread's error would otherwise be a traceback beside a demo that goes on."""

    def run(*_: Any, **__: Any) -> Any:
        raise error

    send(run)
    with sending(PLAN, Sent(stream_pipeline())) as under_way:
        assert under_way.is_over_within(10)
        with pytest.raises(kind, match=said):
            under_way.result()


def test_leaving_stops_the_sending(send: Callable[[Callable[..., Any]], None]) -> None:
    """Ctrl-C leaves no thread behind."""
    started = threading.Event()

    def run(*_: Any, stop: threading.Event, **__: Any) -> Any:
        started.set()
        assert stop.wait(10)
        return replace(make_told(), abandoned=1)

    send(run)
    with pytest.raises(KeyboardInterrupt), sending(PLAN, Sent(stream_pipeline())) as under_way:
        assert started.wait(10)
        assert not under_way.is_over_within(0)
        raise KeyboardInterrupt
    assert under_way.is_over_within(0)


def test_without_a_local_cloud_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream never goes anywhere else."""
    monkeypatch.delenv("LOCALAZURE_EVENT_HUBS", raising=False)
    with sending(PLAN, Sent(stream_pipeline())) as under_way:
        assert under_way.is_over_within(10)
        with pytest.raises(DemoError, match="the local cloud has no Event Hubs"):
            under_way.result()
