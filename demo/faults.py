"""What goes wrong in the demo's day: planned by dice, known to the report. The five kinds of faults
are those of `simulate`."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from demo.fleet import DAY_S, Fleet, Floats
from simulate.faults import KINDS, Fault, Misread

MOST_FAULTS = 30
SHORTEST_S, LONGEST_S = 30 * 60, 150 * 60
EDGE_S = 15 * 60  # no fault touches the first and the last minutes of the day


def plan_faults(fleet: Fleet, day: datetime, seed: int, most: int = MOST_FAULTS) -> list[Fault]:
    """At most `most` faults of all kinds in turn, each on a sensor of its own, in order of time.

    No more than every third sensor is hit. `day` is the midnight (UTC) at which the day starts.
    """
    rng = np.random.default_rng([seed, 1])
    count = min(most, max(1, len(fleet) // 3))
    faults = []
    for i, index in enumerate(rng.choice(len(fleet), count, replace=False)):
        length = int(rng.integers(SHORTEST_S, LONGEST_S))
        start = day + timedelta(seconds=int(rng.integers(EDGE_S, int(DAY_S) - EDGE_S - length)))
        strength = float(rng.uniform(6, 9) * rng.choice([-1, 1]))
        faults.append(
            Fault(
                index=int(index),
                device=fleet.device[index],
                sensor=fleet.sensor[index],
                kind=list(KINDS)[i % len(KINDS)],
                start=start,
                end=start + timedelta(seconds=length),
                strength=round(strength, 2),
            )
        )
    return sorted(faults, key=lambda fault: fault.start)


def apply_faults(
    values: Floats,
    who: npt.NDArray[np.int64],
    at_us: npt.NDArray[np.int64],
    *,
    fleet: Fleet,
    faults: list[Fault],
    rng: np.random.Generator,
) -> None:
    """Changes `values` (n,) in place where sensor `who` (n,) is faulty at `at_us` (n,).

    `at_us` counts microseconds since 1970 in UTC; a fault covers [start, end).
    """
    if not len(at_us):
        return
    first, last = at_us.min(), at_us.max()
    for fault in faults:
        start, end = round(fault.start.timestamp() * 1e6), round(fault.end.timestamp() * 1e6)
        if end <= first or start > last:
            continue
        hit = np.flatnonzero((who == fault.index) & (at_us >= start) & (at_us < end))
        readings = Misread(
            healthy=values[hit],
            age=(at_us[hit] - start) / (end - start),
            level=float(fleet.level[fault.index]),
            noise=float(fleet.noise[fault.index]),
            rng=rng,
        )
        values[hit] = KINDS[fault.kind](readings, fault.strength)
