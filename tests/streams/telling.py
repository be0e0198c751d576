"""Tells a story to the app: delivers, collects and interrupts as it says, until all is done."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from adapters.lake import Lake
from domain.errors import TransientError
from tests.adapters.landing.streams import HOUR, NOON
from tests.streams.collector import Collector
from tests.streams.memory_lake import MemoryLake
from tests.streams.stories import Collection, Delivery, Story

LAST_BATCH = 4


class Telling:
    """One story under way. `redeliveries` counts batches with something that came before."""

    def __init__(self, story: Story, lake: Lake) -> None:
        self.story, self.lake = story, lake
        self.app = Collector(story.pipeline, lake, NOON)
        self.checkpoints = [0] * len(story.log)
        self.redeliveries = 0
        self._furthest = [0] * len(story.log)

    def tell(self) -> Collector:
        """All of it; answers the app as it is in the end."""
        for step in self.story.steps:
            if isinstance(step, Delivery):
                self._deliver(step)
            else:
                self._collect(step)
        for partition, messages in enumerate(self.story.log):
            while self.checkpoints[partition] < len(messages):
                self._deliver(Delivery(partition, 0, LAST_BATCH))
        self.app.now_us += HOUR
        while self.app.pending:
            self.app.collect(min(self.app.pending))
        return self.app

    def _deliver(self, step: Delivery) -> None:
        partition, messages = step.partition, self.story.log[step.partition]
        first = max(0, self.checkpoints[partition] - step.back)
        last = min(len(messages), first + step.count)
        batch = [messages[n].arrived(str(partition), 100 + n) for n in range(first, last)]
        self.redeliveries += first < self._furthest[partition]
        self._furthest[partition] = max(self._furthest[partition], last)
        self.checkpoints[partition] = first
        if self._survived(self._torn(step.torn), lambda: self.app.land(batch)):
            self.checkpoints[partition] = last

    def _collect(self, step: Collection) -> None:
        if not self.app.pending:
            return
        interval = sorted(self.app.pending)[step.which % len(self.app.pending)]
        self.app.collect(interval, lambda: self._meanwhile(step.meanwhile))
        if interval not in self.app.pending:
            left = step.changes

            def is_dead(_: str) -> bool:
                nonlocal left
                if left is None:
                    return False
                left -= 1
                return left < 0

            self._survived(is_dead, lambda: self.app.compact(interval))

    def _meanwhile(self, what: Delivery | int | None) -> None:
        if isinstance(what, Delivery):
            self._deliver(what)
        elif what is not None and self.app.newest:
            known = sorted(self.app.newest)
            others = [one for one in known if one not in self.app.pending]
            if others:
                self.app.compact(others[what % len(others)])

    def _survived(self, fails: Callable[[str], bool], do: Callable[[], None]) -> bool:
        """Does it; whether the process lived on. A real lake never fails here."""
        if not isinstance(self.lake, MemoryLake):
            do()
            return True
        with self.lake.failing(fails):
            try:
                do()
            except TransientError:
                return False
        return True

    def _torn(self, salt: int | None) -> Callable[[str], bool]:
        """Which files are missing when a batch is torn: about a third of them, whatever the order.
        Where files are written one after the other, the first that is missing is the end."""

        def is_missing(path: str) -> bool:
            if salt is None:
                return False
            return zlib.crc32(f"{salt}{path}".encode()) % 3 == 0

        return is_missing
