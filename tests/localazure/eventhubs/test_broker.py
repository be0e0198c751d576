"""Waiting for events: who is woken, when, and at what price."""

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from localazure.cloud.errors import AzureError
from localazure.config import EventHub, EventHubs
from localazure.eventhubs import service as eventhubs
from localazure.eventhubs.broker import Broker
from localazure.eventhubs.log import EventLog
from localazure.eventhubs.model import EventData, Page, now_ms
from localazure.eventhubs.queries import log_path
from localazure.eventhubs.service import EventHubsService

HUBS = {"telemetry": EventHub(partitions=2)}
LONG_S = 30.0
HOUR_MS = 3_600_000


class CountingLog(EventLog):
    """A log that counts how often it is read, and tells when it is."""

    reads = 0

    def read(self, hub: str, partition: int, first: int, limit: int, max_bytes: int) -> Page:
        """Read, and count."""
        page = super().read(hub, partition, first, limit, max_bytes)
        self.reads += 1
        return page


@pytest.fixture
def log(tmp_path: Path) -> Iterator[CountingLog]:
    """An empty log."""
    log = CountingLog(tmp_path / "log.db", HUBS)
    yield log
    log.close()


def _receive(
    broker: Broker, partition: int = 0, *, first: int = 0, wait_s: float = LONG_S
) -> Coroutine[Any, Any, Page]:
    return broker.receive("telemetry", partition, first=first, limit=10, wait_s=wait_s)


async def _until_read(log: CountingLog, times: int) -> None:
    async with asyncio.timeout(20):
        while log.reads < times:
            await asyncio.sleep(0)


def test_a_waiting_consumer_is_woken_by_a_send(log: CountingLog) -> None:
    """It reads once before and once after it waited, however many sends go elsewhere meanwhile."""

    async def story() -> Page:
        broker = Broker(log)
        waiting = asyncio.create_task(_receive(broker))
        await _until_read(log, 1)
        for _ in range(20):
            await broker.send("telemetry", 1, [EventData(b"elsewhere", {})])
        await broker.send("telemetry", 0, [EventData(b"here", {})])
        async with asyncio.timeout(10):
            return await waiting

    page = asyncio.run(story())
    assert ([event.body for event in page.events], page.next) == ([b"here"], 1)
    assert log.reads == 2


def test_all_who_wait_are_woken(log: CountingLog) -> None:
    """Consumers of different groups wait for the same event."""

    async def story() -> list[Page]:
        broker = Broker(log)
        waiting = [asyncio.create_task(_receive(broker)) for _ in range(5)]
        await _until_read(log, 5)
        await broker.send("telemetry", 0, [EventData(b"", {})])
        async with asyncio.timeout(10):
            return await asyncio.gather(*waiting)

    assert [page.next for page in asyncio.run(story())] == [1] * 5


def test_a_consumer_waits_on_for_the_event_it_wants(log: CountingLog) -> None:
    """A send that does not reach the wanted sequence number does not end the wait."""

    async def story() -> Page:
        broker = Broker(log)
        waiting = asyncio.create_task(_receive(broker, first=1))
        await _until_read(log, 1)
        await broker.send("telemetry", 0, [EventData(b"0", {})])
        await _until_read(log, 2)
        await broker.send("telemetry", 0, [EventData(b"1", {})])
        async with asyncio.timeout(10):
            return await waiting

    assert [event.body for event in asyncio.run(story()).events] == [b"1"]


def test_a_wait_that_ends_is_an_empty_page(log: CountingLog) -> None:
    """Who waited in vain is told where to go on."""
    page = asyncio.run(_receive(Broker(log), wait_s=0.01))
    assert page == Page((), 0)


def test_closing_sends_everybody_home(tmp_path: Path) -> None:
    """Who waits is answered at once; whoever comes later is told to come again."""
    log = CountingLog(tmp_path / "other.db", HUBS)

    async def story() -> Page:
        broker = Broker(log)
        waiting = asyncio.create_task(_receive(broker))
        await _until_read(log, 1)
        async with asyncio.timeout(10):
            await broker.close()
            page = await waiting
        with pytest.raises(AzureError, match="stopping") as caught:
            await _receive(broker)
        assert caught.value.status_code == 503
        return page

    assert asyncio.run(story()) == Page((), 0)


def test_old_events_go_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that runs lets events go without being started again."""
    monkeypatch.setattr(eventhubs, "_EXPIRY_INTERVAL_S", 0.001)

    async def story() -> None:
        service = EventHubsService(tmp_path, EventHubs(hubs=HUBS))
        await service.start({})
        past = EventLog(log_path(tmp_path), HUBS, clock=lambda: now_ms() - 25 * HOUR_MS)
        past.append("telemetry", 1, [EventData(b"old", {})])
        async with asyncio.timeout(20):
            while past.partitions("telemetry")[1].first_sequence == 0:
                await asyncio.sleep(0)
        past.close()
        await service.stop()

    asyncio.run(story())
