"""Senders and consumers meet here: the log, worked on in threads, and the waking of who waits.

A consumer that waits costs nothing: it is woken by the next send to its partition, and nobody looks
into the file meanwhile.
"""

import asyncio
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool

from localazure.cloud.errors import AzureError
from localazure.eventhubs.log import EventLog
from localazure.eventhubs.model import Checkpoint, EventData, Page, PartitionState

# What one answer to a consumer may hold, before base64.
_MAX_PAGE_BYTES = 4 * 1024 * 1024


class Broker:
    """The way to the log. For one thread: the event loop's.

    After ``close``, and while it closes, all calls raise ``AzureError`` 503.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._bells: dict[tuple[str, int], asyncio.Event] = {}
        self._closed = False

    async def send(
        self,
        hub: str,
        partition: int,
        events: Sequence[EventData],
        *,
        partition_key: str | None = None,
        enqueued_ms: int | None = None,
    ) -> None:
        """Append events, all or none, and wake who waits for them; see ``EventLog.append``."""
        await run_in_threadpool(
            self._open_log().append,
            hub,
            partition,
            events,
            partition_key=partition_key,
            enqueued_ms=enqueued_ms,
        )
        self._ring((hub, partition))

    async def receive(
        self, hub: str, partition: int, *, first: int, limit: int, wait_s: float
    ) -> Page:
        """Return events from ``first`` on; if there are none, wait for some, at most ``wait_s``."""
        deadline = asyncio.get_running_loop().time() + wait_s
        while True:
            # Taken before the look into the log: a send between the two is heard.
            bell = self._bells.setdefault((hub, partition), asyncio.Event())
            page = await run_in_threadpool(
                self._open_log().read, hub, partition, first, limit, _MAX_PAGE_BYTES
            )
            if page.events:
                return page
            try:
                async with asyncio.timeout_at(deadline):
                    await bell.wait()
            except TimeoutError:
                return page
            if self._closed:
                return page

    async def partitions(self, hub: str) -> list[PartitionState]:
        """Return what the partitions of a hub hold."""
        return await run_in_threadpool(self._open_log().partitions, hub)

    async def checkpoints(self, hub: str, group: str) -> dict[int, Checkpoint]:
        """Return the checkpoints of a consumer group by partition."""
        return await run_in_threadpool(self._open_log().checkpoints, hub, group)

    async def set_checkpoint(
        self, hub: str, group: str, partition: int, sequence_number: int, offset: str
    ) -> None:
        """Keep a checkpoint; it is in the file when this returns."""
        await run_in_threadpool(
            self._open_log().set_checkpoint, hub, group, partition, sequence_number, offset
        )

    async def expire(self) -> int:
        """Drop events that are too old; return how many."""
        return await run_in_threadpool(self._open_log().expire)

    async def close(self) -> None:
        """Send all who wait home, with empty hands, and release the log."""
        self._closed = True
        for key in list(self._bells):
            self._ring(key)
        await run_in_threadpool(self._log.close)

    def _open_log(self) -> EventLog:
        if self._closed:
            raise AzureError(503, "ServerBusy", "the local Event Hubs is stopping")
        return self._log

    def _ring(self, key: tuple[str, int]) -> None:
        if bell := self._bells.pop(key, None):
            bell.set()
