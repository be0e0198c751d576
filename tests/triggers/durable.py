"""A durable client in memory, which does what a test says at the moments that matter."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


class Durable:
    """Orchestrations by id and status; `done` is what was asked for, in order. Whatever is in
    `before_start` and `after_signal` happens once, then and there."""

    def __init__(self, **statuses: str) -> None:
        self.statuses: dict[str, str] = dict(statuses)
        self.done: list[tuple[str, str]] = []
        self.inputs: list[Any] = []
        self.before_start: list[Callable[[str], None]] = []
        self.after_signal: list[Callable[[str], None]] = []

    async def get_status(self, instance_id: str) -> Any:
        """The SDK answers an empty status for what it does not know."""
        known = self.statuses.get(instance_id)
        return SimpleNamespace(runtime_status=SimpleNamespace(value=known) if known else None)

    async def raise_event(self, instance_id: str, name: str, data: Any) -> None:
        """One that has ended takes it without a word."""
        self.done.append((f"signal {name}", instance_id))
        self.inputs.append(data)
        if self.after_signal:
            self.after_signal.pop(0)(instance_id)

    async def start_new(self, name: str, instance_id: str, client_input: Any) -> str:
        """Refused while it runs, as the service does."""
        if self.before_start:
            self.before_start.pop(0)(instance_id)
        if self.statuses.get(instance_id) in ("Pending", "Running"):
            raise RuntimeError(f"{instance_id} exists")
        self.statuses[instance_id] = "Pending"
        self.done.append((f"start {name}", instance_id))
        self.inputs.append(client_input)
        return instance_id

    def becomes(self, status: str) -> Callable[[str], None]:
        """An orchestration gets another status."""
        return lambda instance_id: self.statuses.update({instance_id: status})
