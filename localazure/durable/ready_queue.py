"""Which instances have something to do: each at most once in the queue, never two turns at once."""

import threading
from collections import deque
from collections.abc import Iterable


class ReadyQueue:
    """A queue of instance ids for the orchestrator threads.

    An id that is put while its turn runs comes up again after that turn: whatever arrived in
    between is taken together, in one turn.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: deque[str] = deque()
        self._known: set[str] = set()
        self._running: set[str] = set()
        self._again: set[str] = set()
        self._closed = False

    def put(self, instance_ids: Iterable[str]) -> None:
        """Add instances that have new messages."""
        with self._condition:
            for instance_id in instance_ids:
                if instance_id in self._running:
                    self._again.add(instance_id)
                elif instance_id not in self._known:
                    self._known.add(instance_id)
                    self._waiting.append(instance_id)
                    self._condition.notify()

    def take(self) -> str | None:
        """Wait for an instance; nothing once the queue is closed."""
        with self._condition:
            while not self._waiting and not self._closed:
                self._condition.wait()
            if self._closed:
                return None
            instance_id = self._waiting.popleft()
            self._known.discard(instance_id)
            self._running.add(instance_id)
            return instance_id

    def done(self, instance_id: str) -> None:
        """Give an instance back after its turn."""
        with self._condition:
            self._running.discard(instance_id)
            if instance_id in self._again:
                self._again.discard(instance_id)
                self._known.add(instance_id)
                self._waiting.append(instance_id)
                self._condition.notify()

    def close(self) -> None:
        """Let every waiting thread go."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
