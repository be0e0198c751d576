"""The source of the local cloud, against a plane over https."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TypeVar

import httpx
import pytest

from localazure.functions_host.event_hubs.errors import SourceAwayError, SourceRefusedError
from localazure.functions_host.event_hubs.events import Checkpoint, InitialOffset, Place
from localazure.functions_host.event_hubs.stand_in import StandInSource
from tests.localazure.functions_host.event_hubs.plane import EPOCH, Plane

T = TypeVar("T")


@pytest.fixture(autouse=True)
def _environment(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in plane.environment.items():
        monkeypatch.setenv(name, value)


def ask(
    plane: Plane,
    question: Callable[[StandInSource], Awaitable[T]],
    hub: str = "telemetry",
    group: str = "windrow",
) -> T:
    """Ask a new source one thing."""

    async def run() -> T:
        source = StandInSource(Place(plane.namespace, hub, group))
        try:
            return await question(source)
        finally:
            await source.close()

    return asyncio.run(run())


def test_events_are_read(plane: Plane) -> None:
    """Bodies come as bytes, times aware; the position moves behind the last event."""
    plane.send("telemetry", b"\xff", b"b", b"c", key="k")
    part = ask(plane, lambda source: source.read("0", 1, 1, 0))
    assert part.following == 2
    assert [one.body for one in part.events] == [b"b"]
    assert part.events[0].enqueued_time == EPOCH + timedelta(minutes=1)
    assert part.events[0].partition_key == "k"
    assert part.events[0].properties == {"number": 1}


@pytest.mark.parametrize(
    ("offset", "first"),
    [
        (InitialOffset(), 0),
        (InitialOffset("fromEnd"), 20),
        (InitialOffset("fromEnqueuedTime", EPOCH - timedelta(days=1)), 0),
        (InitialOffset("fromEnqueuedTime", EPOCH + timedelta(minutes=7)), 7),
        (InitialOffset("fromEnqueuedTime", EPOCH + timedelta(minutes=7, seconds=1)), 8),
        (InitialOffset("fromEnqueuedTime", EPOCH + timedelta(days=1)), 20),
    ],
)
def test_initial_offsets_are_found(plane: Plane, offset: InitialOffset, first: int) -> None:
    """Start, end, and the first event at or after a time."""
    plane.send("telemetry", *[b"x"] * 20)
    part = ask(plane, lambda source: source.read("0", offset, 100, 0))
    assert len(part.events) == 20 - first
    assert part.following == 20


def test_checkpoints_are_kept_by_the_plane(plane: Plane) -> None:
    """What is saved is loaded, per partition."""
    ask(plane, lambda source: source.save_checkpoint("1", Checkpoint(4, "400")))
    assert ask(plane, lambda source: source.load_checkpoints()) == {"1": Checkpoint(4, "400")}


def test_names_are_checked(plane: Plane) -> None:
    """An unknown hub and an unknown consumer group are refused by name."""
    assert ask(plane, lambda source: source.partitions(), group="WINDROW") == ["0", "1"]
    with pytest.raises(SourceRefusedError, match=r"'nope', .*'windrow'.* HTTP 404 hub must"):
        ask(plane, lambda source: source.partitions(), hub="nope")
    with pytest.raises(SourceRefusedError, match=r"consumerGroup 'x' is not one.*\$Default, wind"):
        ask(plane, lambda source: source.partitions(), group="x")


def test_a_dropped_connection_is_no_outage(plane: Plane) -> None:
    """A keep-alive connection that ends under a request is replaced without a word."""
    asked: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) == 2:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        expires = str(int(time.time()) + 3600)
        token = {"access_token": "t", "expires_on": expires}
        return httpx.Response(200, json=token if len(asked) == 1 else {"checkpoints": {}})

    async def run() -> Mapping[str, Checkpoint]:
        place = Place(plane.namespace, "telemetry", "windrow")
        source = StandInSource(place, httpx.MockTransport(answer))
        return await source.load_checkpoints()

    assert asyncio.run(run()) == {}
    assert len(asked) == 3


def test_a_plane_that_is_gone_is_away(plane: Plane) -> None:
    """No answer may pass by itself."""
    plane.stop()
    with pytest.raises(SourceAwayError, match="does not answer"):
        ask(plane, lambda source: source.partitions())


def test_tokens_are_kept_and_renewed(plane: Plane) -> None:
    """One token serves many requests; an expired or refused one is replaced."""

    async def thrice(source: StandInSource) -> int:
        for _ in range(3):
            await source.partitions()
        return plane.tokens_issued

    async def refused_once(source: StandInSource) -> int:
        await source.partitions()
        plane.token = "token-2"
        await source.partitions()
        return plane.tokens_issued

    assert ask(plane, thrice) == 1
    assert ask(plane, refused_once) == 3
    plane.token_lifetime_s = 0
    assert ask(plane, thrice) == 6


def test_a_missing_identity_is_named(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without IDENTITY_ENDPOINT, or with a wrong secret, there is no token."""
    monkeypatch.setenv("IDENTITY_HEADER", "wrong")
    with pytest.raises(SourceRefusedError, match="gave no token: HTTP 401"):
        ask(plane, lambda source: source.partitions())
    monkeypatch.delenv("IDENTITY_ENDPOINT")
    with pytest.raises(SourceRefusedError, match="IDENTITY_ENDPOINT is not set"):
        ask(plane, lambda source: source.partitions())
