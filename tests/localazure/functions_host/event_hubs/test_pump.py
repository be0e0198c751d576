"""How a pump makes batches, keeps checkpoints and stops, with a real function and no network."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import azure.functions as func
import pytest

from localazure.functions_host.app import HostedFunction
from localazure.functions_host.console import Console
from localazure.functions_host.durable_client import ClientBinding
from localazure.functions_host.event_hubs.errors import SourceAwayError
from localazure.functions_host.event_hubs.events import (
    Checkpoint,
    Place,
    Position,
    ReceivedEvent,
    Slice,
)
from localazure.functions_host.event_hubs.function import EventHubFunction
from localazure.functions_host.event_hubs.options import EventHubOptions
from localazure.functions_host.event_hubs.patience import Patience
from localazure.functions_host.event_hubs.pump import Pump
from localazure.functions_host.invocation import Invoker
from localazure.functions_host.worker import Worker

PLACE = Place("127.0.0.1:1", "telemetry", "windrow")
TRIGGER = {"type": "eventHubTrigger", "name": "events", "cardinality": "MANY"}
RETRY = {"strategy": "fixed_delay", "max_retry_count": "-1", "delay_interval": "01:00:00"}


class MemorySource:
    """A partition in memory; it fails as often as ``outages`` says."""

    def __init__(self, count: int = 0, outages: int = 0) -> None:
        self.events: list[ReceivedEvent] = []
        self.saved: list[int] = []
        self.outages = outages
        self.reads = 0
        self._changed = asyncio.Event()
        self.send(count)

    def send(self, count: int) -> None:
        """Append events."""
        for _ in range(count):
            number, now = len(self.events), datetime.now(UTC)
            self.events.append(ReceivedEvent(number, str(number), now, b"x"))
        self._changed.set()

    async def read(self, _partition: str, position: Position, limit: int, wait_s: float) -> Slice:
        """Wait for events and return them."""
        assert isinstance(position, int)
        self.reads += 1
        try:
            async with asyncio.timeout(wait_s):
                while len(self.events) <= position:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return Slice([], position)
        events = self.events[position : position + limit]
        return Slice(events, position + len(events))

    async def save_checkpoint(self, _partition: str, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint, unless this is an outage."""
        if self.outages:
            self.outages -= 1
            raise SourceAwayError("away")
        self.saved.append(checkpoint.sequence_number)

    async def partitions(self) -> list[str]:
        """Return one partition."""
        return ["0"]

    async def load_checkpoints(self) -> dict[str, Checkpoint]:
        """Return none."""
        return {}

    async def close(self) -> None:
        """Nothing to close."""


class Bench:
    """A pump on a function that notes the sizes of its batches."""

    def __init__(
        self, source: MemorySource, body: Callable[[list[func.EventHubEvent]], Any], **options: Any
    ) -> None:
        self.sizes: list[int] = []
        self.changed = asyncio.Event()
        loop = asyncio.get_running_loop()

        def call(events: list[func.EventHubEvent]) -> None:
            self.sizes.append(len(events))
            loop.call_soon_threadsafe(self.changed.set)
            body(events)

        retry = options.pop("retry", None)
        hosted = HostedFunction("f", call, TRIGGER, (), False, None, retry)
        console = Console(quiet=True)
        invoker = Invoker(Worker(), console, ClientBinding("http://x", "hub", None))
        function = EventHubFunction(hosted, invoker)
        patience = Patience("f", console)
        settings = EventHubOptions(**options)
        self.pump = Pump(function, source, PLACE, "0", 0, settings, patience, console)
        self.pump.start()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds."""
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.005)


def nothing(_events: list[func.EventHubEvent]) -> None:
    """Do nothing."""


def test_small_batches_wait_for_more() -> None:
    """With `minEventBatchSize` events gather, across reads, until there are enough."""

    async def run() -> list[int]:
        source = MemorySource(2)
        bench = Bench(source, nothing, min_event_batch_size=4, max_event_batch_size=5)
        await bench.until(lambda: source.reads == 2)
        source.send(1)
        await bench.until(lambda: source.reads == 3)
        source.send(7)
        await bench.until(lambda: source.saved[-1:] == [9])
        await bench.pump.stop(1)
        return bench.sizes

    assert asyncio.run(run()) == [5, 5]


def test_waiting_ends() -> None:
    """After `maxWaitTime` a batch goes out though it is smaller than the least size."""

    async def run() -> list[int]:
        source = MemorySource(3)
        bench = Bench(source, nothing, min_event_batch_size=50, max_wait_time_s=0.05)
        await bench.until(lambda: source.saved == [2])
        await bench.pump.stop(1)
        return bench.sizes

    assert asyncio.run(run()) == [3]


def test_checkpoints_may_be_rarer() -> None:
    """With `batchCheckpointFrequency` 3 every third batch is kept, and the rest at a stop."""

    async def run() -> list[int]:
        source = MemorySource(4)
        options = {"max_event_batch_size": 1, "batch_checkpoint_frequency": 3}
        bench = Bench(source, nothing, **options)
        await bench.until(lambda: len(bench.sizes) == 4 and not bench.pump._invoking)
        assert source.saved == [2]
        await bench.pump.stop(1)
        return source.saved

    assert asyncio.run(run()) == [2, 3]


def test_a_checkpoint_outlasts_an_outage() -> None:
    """A checkpoint that cannot be kept is tried again before the next batch is read."""

    async def run() -> list[int]:
        source = MemorySource(2, outages=2)
        bench = Bench(source, nothing, max_event_batch_size=1)
        await bench.until(lambda: source.saved == [0, 1])
        await bench.pump.stop(1)
        return bench.sizes

    assert asyncio.run(run()) == [1, 1]


@pytest.mark.parametrize(("error", "saved"), [(None, [0]), (RuntimeError("no luck"), [])])
def test_a_delivery_may_end_during_a_stop(error: Exception | None, saved: list[int]) -> None:
    """What returns within the grace is kept; what raises then is left for redelivery."""

    async def run() -> list[int]:
        going = asyncio.Event()
        loop = asyncio.get_running_loop()

        def body(_events: list[func.EventHubEvent]) -> None:
            asyncio.run_coroutine_threadsafe(going.wait(), loop).result()
            if error:
                raise error

        source = MemorySource(1)
        bench = Bench(source, body)
        await bench.changed.wait()
        stopping = asyncio.create_task(bench.pump.stop(10))
        await bench.until(lambda: bench.pump._stopping)
        going.set()
        await stopping
        return source.saved

    assert asyncio.run(run()) == saved


def test_a_stop_does_not_wait_for_a_retry() -> None:
    """A batch that waits for its next attempt is left without a checkpoint, at once."""

    async def run() -> list[int]:
        def body(_events: list[func.EventHubEvent]) -> None:
            raise RuntimeError("no luck")

        source = MemorySource(1)
        bench = Bench(source, body, retry=RETRY)
        await bench.until(lambda: bool(bench.sizes) and not bench.pump._invoking)
        async with asyncio.timeout(5):
            await bench.pump.stop(60)
        assert bench.sizes == [1]
        return source.saved

    assert asyncio.run(run()) == []
