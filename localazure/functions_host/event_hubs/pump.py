"""One partition of one function: batches in order, one at a time, the checkpoint behind them.

As in Azure the checkpoint advances past a batch whether the function returned or raised, because a
partition has no place for bad events; a retry policy holds it while there are retries left. A batch
that a stop or a crash cuts off has no checkpoint, and is delivered again.
"""

import asyncio
import contextlib
from collections.abc import Sequence

from localazure.functions_host.console import Console
from localazure.functions_host.event_hubs.errors import SourceError
from localazure.functions_host.event_hubs.events import (
    Checkpoint,
    Place,
    Position,
    ReceivedEvent,
)
from localazure.functions_host.event_hubs.function import EventHubFunction
from localazure.functions_host.event_hubs.options import EventHubOptions
from localazure.functions_host.event_hubs.patience import Patience
from localazure.functions_host.event_hubs.sources import EventSource
from localazure.functions_host.retries import RetryContext

LONGEST_POLL_S = 20.0
LAST_SAVE_S = 1.0


class Pump:
    """Moves the events of one partition into the function."""

    def __init__(
        self,
        function: EventHubFunction,
        source: EventSource,
        place: Place,
        partition: str,
        position: Position,
        options: EventHubOptions,
        patience: Patience,
        console: Console,
    ) -> None:
        self._function, self._source = function, source
        self._place, self._partition, self._position = place, partition, position
        self._options, self._patience, self._console = options, patience, console
        self._invoking = self._stopping = False
        self._done: ReceivedEvent | None = None
        self._done_batches = 0
        self.task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Begin to pull."""
        self.task = asyncio.create_task(self._run(), name=f"partition {self._partition}")
        return self.task

    async def stop(self, grace_s: float) -> None:
        """Stop pulling; a running invocation may end within ``grace_s``."""
        if self.task is None:
            return
        self._stopping = True
        if not self._invoking:
            self.task.cancel()
        _, late = await asyncio.wait([self.task], timeout=grace_s)
        if late:
            self.task.cancel()
            await asyncio.wait(late)
        # Batches that are done, but not yet as many as `batchCheckpointFrequency` asks for.
        with contextlib.suppress(TimeoutError, SourceError):
            async with asyncio.timeout(LAST_SAVE_S):
                await self._save()

    async def _run(self) -> None:
        while not self._stopping:
            events = await self._next_batch()
            if not await self._deliver(events):
                return
            self._done = events[-1]
            self._done_batches += 1
            if self._done_batches >= self._options.batch_checkpoint_frequency:
                await self._patience.ask(self._save)

    async def _next_batch(self) -> list[ReceivedEvent]:
        """Return between the least and the most events of a batch, fewer once the wait is over."""
        options, clock = self._options, asyncio.get_running_loop().time
        least = options.min_event_batch_size if self._function.takes_many else 1
        batch: list[ReceivedEvent] = []
        deadline = 0.0
        while True:
            wait_s = LONGEST_POLL_S
            if batch:
                wait_s = min(wait_s, max(deadline - clock(), 0))
            arrived = await self._read(options.max_event_batch_size - len(batch), wait_s)
            if arrived and not batch:
                deadline = clock() + options.max_wait_time_s
            batch += arrived
            if len(batch) >= least or (batch and clock() >= deadline):
                return batch

    async def _read(self, limit: int, wait_s: float) -> Sequence[ReceivedEvent]:
        part = await self._patience.ask(
            lambda: self._source.read(self._partition, self._position, limit, wait_s)
        )
        self._position = part.following
        return part.events

    async def _deliver(self, events: Sequence[ReceivedEvent]) -> bool:
        """Deliver a batch; say whether it is done with, which a stop may prevent."""
        units = [events] if self._function.takes_many else [[one] for one in events]
        for unit in units:
            if self._stopping or not await self._deliver_unit(unit):
                return False
        return True

    async def _deliver_unit(self, events: Sequence[ReceivedEvent]) -> bool:
        policy, retry = self._function.retry_policy, 0
        error: BaseException | None = None
        while True:
            context = policy.context(retry, error) if policy else RetryContext()
            error = await self._invoke(events, context)
            if error is None:
                return True
            if self._stopping:
                return False
            retry += 1
            if policy is None or not policy.allows(retry):
                self._give_up(events, error, retry - 1)
                return True
            delay_s = policy.delay_s(retry)
            limit = "" if policy.max_retry_count < 0 else f" of {policy.max_retry_count}"
            self._console.say(
                f"Function {self._function.name}: {self._name(events)} will be delivered again "
                f"in {delay_s:.1f} s, retry {retry}{limit}."
            )
            await asyncio.sleep(delay_s)

    async def _invoke(
        self, events: Sequence[ReceivedEvent], context: RetryContext
    ) -> BaseException | None:
        self._invoking = True
        try:
            return await self._function.deliver(
                events,
                self._place,
                self._partition,
                retry=context,
                checkpoint_follows=self._done_batches + 1
                >= self._options.batch_checkpoint_frequency,
            )
        finally:
            self._invoking = False

    async def _save(self) -> None:
        if self._done is not None:
            checkpoint = Checkpoint(self._done.sequence_number, self._done.offset)
            await self._source.save_checkpoint(self._partition, checkpoint)
            self._done, self._done_batches = None, 0

    def _give_up(self, events: Sequence[ReceivedEvent], error: BaseException, retries: int) -> None:
        tried = f" after {retries} {'retry' if retries == 1 else 'retries'}" if retries else ""
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        self._console.warn(
            f"Function {self._function.name} gave up {self._name(events)}{tried}: {reason}"
        )

    def _name(self, events: Sequence[ReceivedEvent]) -> str:
        first, last = events[0].sequence_number, events[-1].sequence_number
        count = "1 event" if len(events) == 1 else f"{len(events)} events"
        span = f"number {first}" if first == last else f"numbers {first} to {last}"
        return (
            f"{count} of partition {self._partition} of event hub {self._place.hub!r} "
            f"(sequence {span})"
        )
