"""Counts what has been sent. An event counts when the service has acknowledged it, not before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from simulate.faults import Fault
from simulate.plan import EPOCH
from simulate.streaming import KINDS, Sending


@dataclass(frozen=True)
class Progress:
    """How a simulation stands: `per_s` is the rate of late, `lag_s` the real seconds behind plan.

    `waiting` counts events that are due and not acknowledged; `trouble` is the last reason for
    which a request had to be sent again, None if the last one went well.
    """

    elapsed_s: float
    sent: int
    kinds: dict[str, int]
    per_s: float
    lag_s: float
    waiting: int
    requests: int
    resent: int
    stream_time: datetime
    trouble: str | None


@dataclass(frozen=True)
class Summary:
    """What has become of a simulation.

    `sent` is the sum of `kinds`; `readings` counts those that can be read, copies included.
    `requests` counts acknowledged ones, `resent` those that were tried once more. `first` and
    `last` are the stream times at which the first and last events were due. `max_lag_s` is how far
    behind plan the sending was at worst, in real seconds. `abandoned` counts events that were due
    and are not known to have arrived when the simulation was stopped.
    """

    sent: int
    kinds: dict[str, int]
    garbage: dict[str, int]
    readings: int
    requests: int
    resent: int
    abandoned: int
    seconds: float
    per_s: float
    max_lag_s: float
    first: datetime | None
    last: datetime | None
    faults: tuple[Fault, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON data; instants in ISO 8601."""
        data = asdict(self)
        data["first"], data["last"] = _iso(self.first), _iso(self.last)
        data["faults"] = [
            {**asdict(fault), "start": _iso(fault.start), "end": _iso(fault.end)}
            for fault in self.faults
        ]
        return data


class Tally:
    """Grows while a simulation runs."""

    def __init__(self) -> None:
        self.sent = 0
        self.requests = 0
        self.resent = 0
        self.max_lag_s = 0.0
        self.trouble: str | None = None
        self._kinds: Counter[str] = Counter()
        self._garbage: Counter[str] = Counter()
        self._readings = 0
        self._first_us: int | None = None
        self._last_us: int | None = None

    @property
    def kinds(self) -> dict[str, int]:
        """Events acknowledged, by kind; every kind is there."""
        return {kind: self._kinds[kind] for kind in KINDS}

    def acknowledged(self, events: Sequence[Sending]) -> None:
        """A request with these events has arrived."""
        self.requests += 1
        self.sent += len(events)
        self.trouble = None
        first, last = events[0].send_at_us, events[-1].send_at_us
        self._first_us = first if self._first_us is None else min(first, self._first_us)
        self._last_us = last if self._last_us is None else max(last, self._last_us)
        for event in events:
            self._kinds[event.kind] += 1
            self._readings += len(event.readings)
            if event.reason is not None:
                self._garbage[event.reason] += 1

    def failed(self, reason: str) -> None:
        """A request has to be sent again."""
        self.resent += 1
        self.trouble = reason

    def behind(self, lag_s: float) -> None:
        """The sending is so far behind the plan."""
        self.max_lag_s = max(self.max_lag_s, lag_s)

    def summary(self, seconds: float, abandoned: int, faults: tuple[Fault, ...]) -> Summary:
        """What has become of it after `seconds` real seconds."""
        return Summary(
            sent=self.sent,
            kinds=self.kinds,
            garbage=dict(self._garbage),
            readings=self._readings,
            requests=self.requests,
            resent=self.resent,
            abandoned=abandoned,
            seconds=round(seconds, 3),
            per_s=round(self.sent / seconds, 1) if seconds > 0 else 0.0,
            max_lag_s=round(self.max_lag_s, 3),
            first=_instant(self._first_us),
            last=_instant(self._last_us),
            faults=faults,
        )


def _instant(at_us: int | None) -> datetime | None:
    return None if at_us is None else EPOCH + timedelta(microseconds=at_us)


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")
