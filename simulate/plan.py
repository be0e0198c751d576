"""What is to be streamed: a plan says all of it, so that the same plan is the same stream.

Two clocks run in a simulation. **Stream time** is what timestamps show; **real time** is what the
person at the terminal lives in. Stream time passes `speed` times as fast. Rate, duration and bursts
count in real seconds, as they say how long one waits and how busy the service is; lateness and
disorder count in stream seconds, as they say how far an event is from its timestamp.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from simulate.errors import PlanError

Format = Literal["object", "array", "lines"]

US = 1_000_000
MOST_DEVICES, MOST_SENSORS = 100_000, 100
MOST_PER_EVENT = 5_000  # half a megabyte; a hub takes at most one
MOST_PER_BATCH = 5_000
MOST_RATE = 1_000_000.0
MOST_SPEED = 100_000.0
MOST_YEARS = 50  # of stream time
MOST_STREAM_S = MOST_YEARS * 366 * 86_400.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Burst:
    """`length_s` real seconds from `start_s` on, the rate is `factor` times as high.

    A factor of 0 is a silence; where bursts overlap, their factors multiply.
    """

    start_s: float
    length_s: float
    factor: float


@dataclass(frozen=True)
class Plan:
    """A stream, from its first event to its last. Raises PlanError if a field breaks a rule.

    `start` is the stream time of the beginning, with a zone. `rate` counts events per real second;
    an event holds `per_event` readings of one device. `duration_s` is in real seconds; None means
    without end. `late`, `disorder`, `duplicates` and `garbage` are shares of the events, 0 to 1;
    copies come on top of the rate. `batch` is the most events that travel in one request.
    """

    start: datetime
    seed: int = 7
    devices: int = 10
    sensors: int = 5
    rate: float = 100.0
    duration_s: float | None = None
    speed: float = 1.0
    faults: int = 0
    bursts: tuple[Burst, ...] = ()
    late: float = 0.0
    lateness_s: float = 60.0
    disorder: float = 0.0
    disorder_by_s: float = 2.0
    duplicates: float = 0.0
    garbage: float = 0.0
    per_event: int = 1
    format: Format = "object"
    nested: bool = False
    gzip: bool = False
    batch: int = 200

    def __post_init__(self) -> None:
        for field, rule, holds in _RULES:
            value = getattr(self, field)
            if not holds(value):
                raise PlanError(field, rule, value)
        self._check_together()

    @property
    def start_us(self) -> int:
        """The start in microseconds since 1970."""
        return (self.start - EPOCH) // timedelta(microseconds=1)

    @property
    def gap_s(self) -> float:
        """Stream seconds between two readings of one sensor, without bursts."""
        return self.devices * self.sensors * self.speed / (self.rate * self.per_event)

    def _check_together(self) -> None:
        if self.start.tzinfo is None:
            raise PlanError("start", "have a zone, such as Z", self.start.isoformat())
        if not 1970 <= self.start.year <= 2200:
            raise PlanError("start", "be in the years 1970 to 2200", self.start.isoformat())
        if self.format == "object" and self.per_event > 1:
            rule = "be array or lines if an event holds several readings"
            raise PlanError("format", rule, self.format)
        if self.faults > self.devices * self.sensors:
            rule = f"be at most the number of sensors, {self.devices * self.sensors}"
            raise PlanError("faults", rule, self.faults)
        if self.late + self.disorder + self.garbage > 1:
            rule = "be at most 1 together with disorder and garbage"
            raise PlanError("late", rule, self.late)
        for burst in self.bursts:
            _check_burst(burst)
        self._check_length()

    def _check_length(self) -> None:
        if self.duration_s is not None:
            whole = self.duration_s * self.speed
            if whole > MOST_STREAM_S:
                rule = f"be at most {MOST_YEARS} years of stream time"
                raise PlanError("duration_s", rule, f"{self.duration_s:g} at speed {self.speed:g}")
            for share, field in (("late", "lateness_s"), ("disorder", "disorder_by_s")):
                value = getattr(self, field)
                if getattr(self, share) and value >= whole:
                    rule = f"be less than the stream is long, {whole:g} s of its own time"
                    raise PlanError(field, rule, f"{value:g}")


def default_start(now: datetime, duration_s: float | None, speed: float) -> datetime:
    """`now`; or, if stream time runs faster and ends some time, so that it ends `now`."""
    if speed > 1 and duration_s is not None:
        return now - timedelta(seconds=min(duration_s * speed, MOST_STREAM_S))
    return now


def _check_burst(burst: Burst) -> None:
    text = f"{burst.start_s:g}:{burst.length_s:g}:{burst.factor:g}"
    if not (burst.start_s >= 0 and math.isfinite(burst.start_s)):
        raise PlanError("bursts", "start at 0 s or later", text)
    if not (burst.length_s > 0 and math.isfinite(burst.length_s)):
        raise PlanError("bursts", "last more than 0 s", text)
    if not 0 <= burst.factor <= 1_000:
        raise PlanError("bursts", "have a factor from 0 to 1000", text)


def _from_to(least: float, most: float) -> Callable[[float], bool]:
    return lambda value: least <= value <= most


def _above_to(above: float, most: float) -> Callable[[float], bool]:
    return lambda value: above < value <= most


_Rule = tuple[str, str, Callable[..., bool]]
_SHARE = ("be a share from 0 to 1", _from_to(0, 1))
_DAYS_20 = ("be from 0 to 1728000 s (20 days)", _from_to(0, 20 * 86_400))
_RULES: tuple[_Rule, ...] = (
    ("seed", "be at least 0", lambda value: value >= 0),
    ("devices", f"be from 1 to {MOST_DEVICES}", _from_to(1, MOST_DEVICES)),
    ("sensors", f"be from 1 to {MOST_SENSORS}", _from_to(1, MOST_SENSORS)),
    ("rate", f"be above 0 and at most {MOST_RATE:.0f}", _above_to(0, MOST_RATE)),
    ("duration_s", "be above 0", lambda value: value is None or 0 < value < math.inf),
    ("speed", f"be from 1 to {MOST_SPEED:g}", _from_to(1, MOST_SPEED)),
    ("faults", "be at least 0", lambda value: value >= 0),
    ("late", *_SHARE),
    ("lateness_s", *_DAYS_20),
    ("disorder", *_SHARE),
    ("disorder_by_s", *_DAYS_20),
    ("duplicates", *_SHARE),
    ("garbage", *_SHARE),
    ("per_event", f"be from 1 to {MOST_PER_EVENT}", _from_to(1, MOST_PER_EVENT)),
    ("format", f"be of {', '.join(get_args(Format))}", lambda value: value in get_args(Format)),
    ("batch", f"be from 1 to {MOST_PER_BATCH}", _from_to(1, MOST_PER_BATCH)),
)
