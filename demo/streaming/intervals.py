"""An interval as `GET /api/pipelines/{name}/intervals` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.run_state import ENDED


@dataclass(frozen=True)
class IntervalState:
    """How an interval is: `events` have landed in it, of which no run has read `new_events`.

    `run_id`, `revision`, `status` and `counts` are those of the newest run, if there is one.
    """

    label: str
    events: int = 0
    new_events: int = 0
    collecting: bool = False
    run_id: str | None = None
    revision: int = 0
    status: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def left(self) -> str | None:
        """What still has to happen, in words; None if nothing does.

        An interval whose run has failed is left alone by the app, so there is nothing to wait for.
        """
        if self.collecting:
            return f"{self.run_id or 'a run'} is {(self.status or 'waiting').lower()}"
        if self.run_id is None:
            return f"{self.events:,} events, and no run"
        if self.status not in ENDED:
            return f"{self.run_id} is {(self.status or 'waiting').lower()}"
        if self.new_events and self.status == "Completed":
            return f"no run has read {self.new_events:,} of {self.events:,} events"
        return None

    def count(self, name: str) -> int:
        """One of the newest run's counts."""
        return self.counts.get(name) or 0


def parse_interval(body: Mapping[str, Any]) -> IntervalState:
    """The interval in a response's JSON."""
    counts = {name: n for name, n in (body.get("counts") or {}).items() if n is not None}
    return IntervalState(
        label=body["interval"],
        events=body.get("events") or 0,
        new_events=body.get("new_events") or 0,
        collecting=bool(body.get("collecting")),
        run_id=body.get("run_id"),
        revision=body.get("revision") or 0,
        status=body.get("status"),
        counts=counts,
    )
