"""The stream itself: every event of a plan, in the order in which it is to be sent.

Pure: no clock, no network. Values are computed for a block of events at a time, and events made one
by one when they are asked for, so memory is that of a block. An event is late, or out of order,
because its timestamp lies back: then the rate is as planned and the stream ends when it should.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from simulate.bodies import GARBAGE, Measured, body_of, garbage_of
from simulate.faults import Fault, apply_faults, planned_faults
from simulate.fleet import Fleet, Floats, Integers, make_fleet
from simulate.plan import US, Plan
from simulate.schedule import Schedule

Kind = Literal["good", "late", "disordered", "duplicate", "garbage"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DRAWN: tuple[Kind, ...] = ("garbage", "late", "disordered", "good")

READINGS_PER_BLOCK = 4_096
COPY_AFTER_S = 0.5  # real seconds from an event to its copy
DECIMALS = 4


class Reading(NamedTuple):
    """What an event says, if it can be read: `at_us` is its timestamp, microseconds since 1970."""

    at_us: int
    sensor: str
    value: float


class Sending(NamedTuple):
    """An event, and when it is to be sent; instants are stream time, microseconds since 1970.

    `number` counts events from 0; a copy has its original's, and the same bytes. `event_us` is the
    latest timestamp in the body (what it should have been, if it is garbage). `readings` is empty
    for garbage, and `reason` says in which way it is bad.
    """

    number: int
    send_at_us: int
    event_us: int
    device: str
    readings: tuple[Reading, ...]
    body: bytes
    kind: Kind
    reason: str | None = None


@dataclass(frozen=True)
class _Block:
    """Events side by side: (n,), and their readings: (n, per_event)."""

    first: int
    send_at_us: Integers
    kind: npt.NDArray[np.intp]  # places in DRAWN
    copied: npt.NDArray[np.bool_]
    who: Integers
    at_us: Integers
    values: Floats

    def cut(self, length: int) -> _Block:
        """The first `length` events."""
        return _Block(
            first=self.first,
            send_at_us=self.send_at_us[:length],
            kind=self.kind[:length],
            copied=self.copied[:length],
            who=self.who[:length],
            at_us=self.at_us[:length],
            values=self.values[:length],
        )


def stream(plan: Plan) -> Iterator[Sending]:
    """All events of the plan, in order of `send_at_us`; without end if the plan has none."""
    fleet = make_fleet(plan.devices, plan.sensors, plan.seed)
    copies: deque[Sending] = deque()
    for sending, copied in _originals(plan, fleet):
        while copies and copies[0].send_at_us <= sending.send_at_us:
            yield copies.popleft()
        yield sending
        if copied:
            later_us = sending.send_at_us + round(COPY_AFTER_S * US * plan.speed)
            copies.append(sending._replace(send_at_us=later_us, kind="duplicate"))
    yield from copies


def _originals(plan: Plan, fleet: Fleet) -> Iterator[tuple[Sending, bool]]:
    """Events and whether each is sent again."""
    bad = 0
    reasons = tuple(GARBAGE)
    for block in _blocks(plan, fleet):
        texts = np.datetime_as_string(block.at_us.view("datetime64[us]"), unit="us").tolist()
        columns = zip(
            block.send_at_us.tolist(),
            block.kind.tolist(),
            block.copied.tolist(),
            block.who.tolist(),
            block.at_us.tolist(),
            texts,
            block.values.tolist(),
            strict=True,
        )
        for number, (send_at_us, drawn, copied, who, at_us, ts, values) in enumerate(
            columns, block.first
        ):
            device = fleet.device[who[0]]
            measured = [
                Measured(f"{t}Z", device, fleet.sensor[w], v)
                for t, w, v in zip(ts, who, values, strict=True)
            ]
            kind = DRAWN[drawn]
            if kind == "garbage":
                reason = reasons[bad % len(reasons)]
                bad += 1
                body = garbage_of(reason, measured[-1], plan)
                yield (
                    Sending(number, send_at_us, at_us[-1], device, (), body, kind, reason),
                    False,
                )
                continue
            readings = tuple(
                Reading(a, m.sensor, m.value) for a, m in zip(at_us, measured, strict=True)
            )
            body = body_of(measured, plan)
            yield Sending(number, send_at_us, at_us[-1], device, readings, body, kind), copied


def _blocks(plan: Plan, fleet: Fleet) -> Iterator[_Block]:
    schedule, faults = Schedule(plan), planned_faults(plan)
    rng = np.random.default_rng([plan.seed, 2])
    size = max(1, READINGS_PER_BLOCK // plan.per_event)
    for first in count(0, size):
        length = size if schedule.total is None else min(size, schedule.total - first)
        if length <= 0:
            return
        # Dice are always thrown for a whole block, so that an end changes nothing before it.
        numbers = np.arange(first, first + size)
        yield _block(plan, fleet, schedule, faults, numbers, rng).cut(length)


def _block(
    plan: Plan,
    fleet: Fleet,
    schedule: Schedule,
    faults: tuple[Fault, ...],
    numbers: Integers,
    rng: np.random.Generator,
) -> _Block:
    seconds = schedule.seconds_of(numbers + rng.random(len(numbers)))
    offset_us = np.floor(seconds * plan.speed * US).astype(np.int64)
    dice = rng.random((3, len(numbers)))
    kind = _drawn_kinds(plan, offset_us, dice[0])
    back_s = np.zeros(len(numbers))
    back_s[kind == DRAWN.index("late")] = plan.lateness_s
    disordered = kind == DRAWN.index("disordered")
    back_s[disordered] = plan.disorder_by_s * (0.5 + 0.5 * dice[1][disordered])
    latest_us = offset_us - np.round(back_s * US).astype(np.int64)
    # Devices take turns, and so do the sensors of each.
    turn, device = numbers // plan.devices, numbers % plan.devices
    places = np.arange(plan.per_event)
    sensor = (turn[:, None] * plan.per_event + places) % plan.sensors
    apart_us = plan.gap_s / plan.sensors * US
    ago_us = np.round((plan.per_event - 1 - places) * apart_us).astype(np.int64)
    who = device[:, None] * plan.sensors + sensor
    at_us = plan.start_us + np.maximum(0, latest_us[:, None] - ago_us)
    values = fleet.healthy(who, at_us, rng)
    apply_faults(values, who, at_us, fleet=fleet, faults=faults, rng=rng)
    return _Block(
        first=int(numbers[0]),
        send_at_us=plan.start_us + offset_us,
        kind=kind,
        copied=dice[2] < plan.duplicates,
        who=who,
        at_us=at_us,
        values=np.round(values, DECIMALS),
    )


def _drawn_kinds(plan: Plan, offset_us: Integers, dice: Floats) -> npt.NDArray[np.intp]:
    """Which kind each event is, as a place in DRAWN; no timestamp falls before the start."""
    bounds = np.cumsum([plan.garbage, plan.late, plan.disorder])
    kind = np.searchsorted(bounds, dice, side="right")
    early_late = (kind == DRAWN.index("late")) & (offset_us < plan.lateness_s * US)
    early_disorder = (kind == DRAWN.index("disordered")) & (offset_us < plan.disorder_by_s * US)
    kind[early_late | early_disorder] = DRAWN.index("good")
    return kind
