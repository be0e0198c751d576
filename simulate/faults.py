"""What goes wrong in a fleet: five kinds of faults, planned by dice and known to whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from simulate.fleet import Fleet, Floats, Integers, make_fleet
from simulate.plan import EPOCH, Plan

ENDLESS_SPAN_S = 3_600.0  # where a stream without an end has its faults, in real seconds
SHORTEST, LONGEST = 0.15, 0.30  # a fault's length, as a share of the span
FIRST, LAST = 0.10, 0.95  # no fault touches what is before and after, as shares of the span


@dataclass(frozen=True)
class Fault:
    """One sensor (by its index in the fleet) misbehaves from `start` to `end`, in stream time, UTC.

    `strength` is signed and counts in the sensor's noise.
    """

    index: int
    device: str
    sensor: str
    kind: str
    start: datetime
    end: datetime
    strength: float


@dataclass(frozen=True)
class Misread:
    """A faulty sensor's readings during its fault: `age` is 0 at its start and 1 at its end."""

    healthy: Floats
    age: Floats
    level: float
    noise: float
    rng: np.random.Generator


def _spikes(m: Misread, strength: float) -> Floats:
    hit = m.rng.random(len(m.age)) < 0.3
    return m.healthy + hit * m.noise * strength * m.rng.uniform(0.8, 1.6, len(m.age))


def _shift(m: Misread, strength: float) -> Floats:
    return m.healthy + m.noise * strength


def _drift(m: Misread, strength: float) -> Floats:
    return m.healthy + m.noise * strength * 1.5 * m.age


def _stuck(m: Misread, strength: float) -> Floats:
    return np.full(len(m.age), m.level + 0.1 * strength * m.noise)


def _noise(m: Misread, strength: float) -> Floats:
    return m.healthy + (abs(strength) - 1) * m.noise * m.rng.normal(size=len(m.age))


KINDS: dict[str, Callable[[Misread, float], Floats]] = {
    "spikes": _spikes,
    "shift": _shift,
    "drift": _drift,
    "stuck": _stuck,
    "noise": _noise,
}


def planned_faults(plan: Plan) -> tuple[Fault, ...]:
    """The faults of the plan, all kinds in turn, each on a sensor of its own, in order of time.

    In a stream without an end they lie in its first hour.
    """
    fleet = make_fleet(plan.devices, plan.sensors, plan.seed)
    rng = np.random.default_rng([plan.seed, 1])
    real_s = ENDLESS_SPAN_S if plan.duration_s is None else plan.duration_s
    faults = []
    for i, index in enumerate(rng.choice(len(fleet), plan.faults, replace=False)):
        length = rng.uniform(SHORTEST, LONGEST)
        first = rng.uniform(FIRST, LAST - length)
        strength = rng.uniform(6, 9) * rng.choice([-1, 1])
        start = plan.start + timedelta(seconds=real_s * plan.speed * first)
        faults.append(
            Fault(
                index=int(index),
                device=fleet.device[index],
                sensor=fleet.sensor[index],
                kind=list(KINDS)[i % len(KINDS)],
                start=start,
                end=start + timedelta(seconds=real_s * plan.speed * length),
                strength=round(float(strength), 2),
            )
        )
    return tuple(sorted(faults, key=lambda fault: fault.start))


def apply_faults(
    values: Floats,
    who: Integers,
    at_us: Integers,
    *,
    fleet: Fleet,
    faults: Sequence[Fault],
    rng: np.random.Generator,
) -> None:
    """Changes `values` in place where sensor `who` is faulty at `at_us`: arrays of one shape.

    `at_us` counts microseconds since 1970 in UTC; a fault covers [start, end).
    """
    earliest, latest = at_us.min(), at_us.max()
    for fault in faults:
        start, end = _us(fault.start), _us(fault.end)
        if end <= earliest or start > latest:
            continue
        hit = (who == fault.index) & (at_us >= start) & (at_us < end)
        misread = Misread(
            healthy=values[hit],
            age=(at_us[hit] - start) / (end - start),
            level=float(fleet.level[fault.index]),
            noise=float(fleet.noise[fault.index]),
            rng=rng,
        )
        values[hit] = KINDS[fault.kind](misread, fault.strength)


def _us(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)
