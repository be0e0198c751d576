"""Readings of a plan's fleet while nothing is wrong with it: what a model of it learns from."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from simulate.fleet import make_fleet
from simulate.plan import EPOCH, US, Plan
from simulate.streaming import DECIMALS


def healthy(
    plan: Plan, start: datetime, end: datetime, gap_s: float | None = None
) -> dict[str, npt.NDArray[Any]]:
    """Readings without faults in [start, end), in order of time, as columns of one length.

    `ts` (datetime64[us], UTC), `device` and `sensor` (text), `value` (float64): what
    `pandas.DataFrame` takes. Each sensor has one reading in every `gap_s` stream seconds; without
    it as often as in the plan's stream without bursts. Raises ValueError if there is no reading.
    """
    fleet = make_fleet(plan.devices, plan.sensors, plan.seed)
    gap_us = (plan.gap_s if gap_s is None else gap_s) * US
    start_us = (start - EPOCH) // timedelta(microseconds=1)
    turns = int(((end - start) / timedelta(microseconds=1)) // gap_us) if gap_us > 0 else 0
    if turns < 1:
        raise ValueError(f"`end` must be at least {gap_us / US:g} s after start; got {end}")
    rng = np.random.default_rng([plan.seed, 3, abs(start_us)])
    turn = np.repeat(np.arange(turns), len(fleet))
    who = np.tile(np.arange(len(fleet)), turns)
    at_us = start_us + ((turn + rng.random(len(who))) * gap_us).astype(np.int64)
    order = np.argsort(at_us, kind="stable")
    who, at_us = who[order], at_us[order]
    values = fleet.healthy(who, at_us, rng)
    return {
        "ts": at_us.view("datetime64[us]"),
        "device": np.array(fleet.device, dtype=object)[who],
        "sensor": np.array(fleet.sensor, dtype=object)[who],
        "value": np.round(values, DECIMALS),
    }
