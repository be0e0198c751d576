"""One queue per partition key: requests of a lane go one after the other, lanes side by side.

So a device's events arrive in order, even if a request has to be sent again, and a slow partition
does not hold up the others.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

from simulate.plan import Plan
from simulate.requests import next_request, partition_keys
from simulate.sender import Sender
from simulate.streaming import Sending
from simulate.tally import Tally

OnSent = Callable[[Sequence[Sending], float], None]


class Lanes:
    """Takes events in order of sending, and hands them to the sender.

    `on_sent(events, wall_time)` is called for every request that was acknowledged; `wall_time`
    counts seconds since 1970 and is when the acknowledgement came.
    """

    def __init__(
        self, plan: Plan, sender: Sender, tally: Tally, on_sent: OnSent | None, *, tell: bool
    ) -> None:
        self._keys = partition_keys(plan)
        self._batch = plan.batch
        self._sender = sender
        self._tally = tally
        self._on_sent = on_sent
        self._tell = tell
        self._queues: dict[str, deque[Sending]] = {k: deque() for k in self._keys.values()}
        self._filled = {key: asyncio.Event() for key in self._queues}
        self._acknowledged = asyncio.Event()
        self._on_its_way: dict[str, Sending] = {}
        self.waiting = 0

    @property
    def oldest_us(self) -> int | None:
        """When the first event that waits was due; None if none waits."""
        heads = [queue[0] for queue in self._queues.values() if queue]
        waiting = [event.send_at_us for event in (*heads, *self._on_its_way.values())]
        return min(waiting, default=None)

    def add(self, event: Sending) -> None:
        """Queues an event behind the others of its partition key."""
        key = self._keys[event.device]
        self._queues[key].append(event)
        self._filled[key].set()
        self.waiting += 1

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Starts a task for each lane; they end when they are cancelled."""
        return [group.create_task(self._run(key)) for key in self._queues]

    async def changed(self, timeout_s: float) -> None:
        """Returns when a request has been acknowledged, or the time is over."""
        self._acknowledged.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._acknowledged.wait()
        except TimeoutError:
            return

    async def _run(self, key: str) -> None:
        queue, filled = self._queues[key], self._filled[key]
        while True:
            await filled.wait()
            filled.clear()
            while queue:
                request = next_request(queue, key, self._batch, tell_arrival=self._tell)
                self._on_its_way[key] = request.events[0]
                await self._sender.send(request)
                del self._on_its_way[key]
                self._tally.acknowledged(request.events)
                self.waiting -= len(request.events)
                if self._on_sent is not None:
                    self._on_sent(request.events, time.time())
                self._acknowledged.set()
