"""Sending over real HTTP: all of it, in order, at the plan's pace, whatever the service does."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from simulate import (
    Plan,
    Progress,
    RefusedError,
    Sending,
    Target,
    UnreachableError,
    run,
    running,
    stream,
)
from simulate.errors import UsageError
from simulate.requests import partition_keys
from tests.simulate.fake_hub import TOKEN, FakeHub, running_hub
from tests.simulate.plans import all_trouble, make_plan

QUICK: dict[str, Any] = {"duration_s": 0.5, "lateness_s": 0.1, "disorder_by_s": 0.1}


@pytest.fixture(name="hub")
def the_hub() -> Iterator[FakeHub]:
    """A hub that takes everything."""
    with running_hub(FakeHub()) as hub:
        yield hub


def busy(status: int = 503) -> Response:
    """Ask for another try at once."""
    return Response(status_code=status, headers={"Retry-After": "0"})


def expected(plan: Plan) -> dict[str, list[bytes]]:
    """Bodies by partition key, as the plan has them."""
    keys = partition_keys(plan)
    found: dict[str, list[bytes]] = {}
    for event in stream(plan):
        found.setdefault(keys[event.device], []).append(event.body)
    return found


@pytest.mark.parametrize("devices", [3, 40])
def test_everything_arrives_in_order(hub: FakeHub, devices: int) -> None:
    """Every partition key has exactly its bodies, in order; the summary adds up."""
    plan = all_trouble(devices=devices, **QUICK)
    summary = run(plan, Target(hub.url))
    assert hub.bodies == expected(plan)
    events = list(stream(plan))
    assert summary.sent == len(events) == sum(summary.kinds.values())
    assert summary.kinds["garbage"] == sum(summary.garbage.values()) > 0
    assert summary.readings == sum(len(event.readings) for event in events)
    assert summary.requests == len(hub.requests)
    assert (summary.resent, summary.abandoned) == (0, 0)
    assert summary.first is not None
    assert summary.last is not None
    assert summary.as_json()["first"].endswith("Z")


def test_a_busy_service_loses_nothing_and_reorders_nothing(hub: FakeHub) -> None:
    """Every other request is refused for now: it is sent again before anything that follows."""
    hub.answer = lambda number: busy((503, 429, 500)[number % 3]) if number % 2 else None
    plan = all_trouble(**QUICK)
    summary = run(plan, Target(hub.url))
    assert hub.bodies == expected(plan)
    assert summary.resent == len(hub.requests) - len(hub.taken) > 0
    assert summary.sent == sum(summary.kinds.values()) == len(list(stream(plan)))


def test_a_request_is_sent_again_as_it_was(hub: FakeHub) -> None:
    """The same bytes under the same key, so that a consumer can know it for a copy."""
    hub.answer = lambda number: busy() if number == 0 else None
    run(make_plan(devices=1, duration_s=0.3), Target(hub.url))
    first, second = hub.requests[:2]
    assert (first.content, first.key) == (second.content, second.key)


def test_every_request_shows_a_token(hub: FakeHub) -> None:
    """The one that is valid now: it may change on the way."""
    tokens = iter(range(1_000))
    run(make_plan(duration_s=0.3), Target(hub.url, token=lambda: f"{next(tokens)}"))
    shown = [request.headers["authorization"] for request in hub.requests]
    assert all(value.startswith("Bearer ") for value in shown)
    assert len(set(shown)) == len(shown) > 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_a_refusal_ends_it(hub: FakeHub, status: int) -> None:
    """What trying again does not change is told with the service's own words, never the token."""
    error_body = {"error": {"code": "No", "message": "not here"}}
    hub.answer = lambda number: JSONResponse(error_body, status) if number > 20 else None
    with pytest.raises(RefusedError) as error:
        run(make_plan(), Target(hub.url, token=lambda: TOKEN))
    assert str(error.value) == f"hub 'telemetry' refused a request with {status}: not here"
    assert error.value.summary is not None
    assert error.value.summary.sent == sum(len(request.bodies) for request in hub.taken)


def test_nobody_there_is_told_soon() -> None:
    """Nothing has ever answered: it is not there, and the message says what to do."""
    with running_hub(FakeHub()) as hub:
        pass
    with pytest.raises(UnreachableError, match=r"start the local cloud with `make up`"):
        run(make_plan(), Target(hub.url), patience_s=0.0)


def test_patience_ends(hub: FakeHub) -> None:
    """A service that is busy for longer than asked is given up, with what had been sent."""
    hub.answer = lambda number: busy() if number > 5 else None
    with pytest.raises(UnreachableError, match="does not take events") as error:
        run(make_plan(), Target(hub.url), patience_s=0.2)
    assert error.value.summary is not None
    assert error.value.summary.abandoned > 0


def test_a_service_that_restarts_loses_nothing() -> None:
    """While it is away events wait; afterwards they arrive in order, at worst twice."""
    plan = make_plan(rate=500.0, duration_s=2.0, devices=3)
    hub, summaries = FakeHub(), []
    with running_hub(hub):
        url, seen = hub.url, threading.Event()
        hub.answer = lambda number: seen.set() if number > 5 else None
        sending = threading.Thread(target=lambda: summaries.append(run(plan, Target(url))))
        sending.start()
        assert seen.wait(20)
    before = len(hub.requests)
    assert sending.is_alive()
    with running_hub(hub, int(url.rpartition(":")[2])):
        sending.join(60)
    assert len(hub.requests) > before
    assert summaries[0].sent == 1_000
    assert {key: list(dict.fromkeys(b)) for key, b in hub.bodies.items()} == expected(plan)


def test_a_hub_may_have_another_name(hub: FakeHub) -> None:
    """The path is the reference's."""
    run(make_plan(duration_s=0.1), Target(hub.url, "other"))
    assert {request.path for request in hub.requests} == {"/other/messages"}


def test_stream_time_may_run_fast_on_this_machine(hub: FakeHub) -> None:
    """The rate stays, and every request tells when it arrives; at normal speed none does."""
    name = "x-localazure-enqueued-time"
    run(make_plan(duration_s=0.3), Target(hub.url))
    assert all(name not in request.headers for request in hub.requests)
    hub.requests.clear()
    summary = run(make_plan(duration_s=0.3, speed=100.0), Target(hub.url))
    assert summary.sent == 30
    assert all(name in request.headers for request in hub.requests)
    assert max(r.headers[name] for r in hub.requests) > "2026-01-01T00:00:20"


def test_stream_time_does_not_run_fast_in_a_real_namespace() -> None:
    """It is refused before anything is sent."""
    target = Target("https://fleet.servicebus.windows.net")
    message = r"--speed must be 1 for a real namespace, .* got 2 for fleet\.servicebus"
    with pytest.raises(UsageError, match=message):
        run(make_plan(speed=2.0), target)


def test_the_pace_is_the_plan_s(hub: FakeHub) -> None:
    """Half a second of stream takes at least that; on an idle machine, little more."""
    summary = run(make_plan(rate=1_000.0, duration_s=0.5), Target(hub.url))
    assert 0.45 < summary.seconds < 20
    assert summary.sent == 500


def test_who_cannot_keep_up_says_so_and_keeps_a_bounded_part_in_memory(hub: FakeHub) -> None:
    """The lag grows, the waiting events do not; everything arrives in the end."""
    told: list[Progress] = []
    plan = make_plan(rate=200_000.0, duration_s=0.15, batch=500)
    summary = run(plan, Target(hub.url), told.append)
    assert summary.sent == 30_000
    assert summary.max_lag_s > 0
    assert max(progress.waiting for progress in told) <= 10_000
    assert told[-1].sent == summary.sent


def test_callers_learn_of_every_event_that_was_acknowledged(hub: FakeHub) -> None:
    """With the time of day of the acknowledgement, so that latencies can be measured."""
    recorded: list[tuple[Sequence[Sending], float]] = []
    plan = make_plan(duration_s=0.3)
    run(plan, Target(hub.url), on_sent=lambda events, at: recorded.append((events, at)))
    numbers = sorted(event.number for events, _ in recorded for event in events)
    assert numbers == list(range(30))
    times = [at for _, at in recorded]
    assert times == sorted(times)
    assert times[0] > 1_700_000_000


def test_what_cannot_be_sent_after_a_stop_is_counted(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop does not wait for a service that is busy for long."""
    monkeypatch.setattr(running, "STOP_GRACE_S", 0.0)
    hub.answer = lambda number: busy() if number > 5 else None
    stop = threading.Event()

    def stop_when_busy(progress: Progress) -> None:
        if progress.trouble is not None:
            stop.set()

    summary = run(make_plan(duration_s=None), Target(hub.url), stop_when_busy, stop=stop)
    assert summary.sent == sum(len(request.bodies) for request in hub.taken) > 0
    assert summary.abandoned > 0


def test_a_stop_ends_a_stream_without_end(hub: FakeHub) -> None:
    """What was due arrives, and the summary is that of what arrived."""
    stop = threading.Event()

    def stop_after_some(progress: Progress) -> None:
        if progress.sent > 20:
            stop.set()

    plan = make_plan(duration_s=None)
    summary = run(plan, Target(hub.url), stop_after_some, stop=stop)
    assert summary.sent == sum(len(request.bodies) for request in hub.taken) > 20
    assert summary.abandoned == 0
