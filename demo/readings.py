"""Writes a day of the fleet's readings: one parquet file per hour, memory bounded by the hour.

Each hour has dice of its own, so the same seed gives the same day, hour by hour, in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from demo.faults import apply_faults
from demo.fleet import Fleet
from simulate.faults import Fault

HOURS = 24
HOUR_US = 3_600_000_000
SCHEMA = pa.schema(
    {
        "ts": pa.timestamp("us", tz="UTC"),
        "device": pa.string(),
        "sensor": pa.string(),
        "value": pa.float64(),
    }
)


@dataclass(frozen=True)
class Day:
    """A day to be written: `start` is its midnight in UTC, `events` the number of its readings.

    `bad_rows` of them, one an hour at most, lack their device or their timestamp.
    """

    fleet: Fleet
    start: datetime
    events: int
    seed: int
    faults: list[Fault] = field(default_factory=list)
    bad_rows: int = 0


def write_day(day: Day, folder: Path) -> Iterator[tuple[Path, int]]:
    """Writes `hour=HH.parquet` for each hour into `folder`; yields each file and its rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for hour in range(HOURS):
        table = hour_table(day, hour)
        path = folder / f"hour={hour:02d}.parquet"
        pq.write_table(table, path, compression="zstd")
        yield path, table.num_rows


def hour_table(day: Day, hour: int) -> pa.Table:
    """The readings of one hour, in order of time, all strictly inside it."""
    rng = np.random.default_rng([day.seed, day.start.toordinal(), hour])
    first, last = day.events * hour // HOURS, day.events * (hour + 1) // HOURS
    turn = np.arange(first, last, dtype=np.int64)
    who = turn % len(day.fleet)
    offset_us = _moments(len(turn), len(day.fleet), rng)
    order = np.argsort(offset_us, kind="stable")
    who, offset_us = who[order], offset_us[order]
    at_us = round(day.start.timestamp() * 1e6) + hour * HOUR_US + offset_us
    second = hour * 3600.0 + offset_us / 1e6
    values = day.fleet.healthy(who, second, rng.normal(size=len(who)))
    apply_faults(values, who, at_us, fleet=day.fleet, faults=day.faults, rng=rng)
    return _table(day, hour, who, at_us, np.round(values, 5))


def _moments(count: int, sensors: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Microseconds into the hour: the sensors take turns, each a little early or late."""
    turn_us = HOUR_US / max(count, 1)
    early_or_late = rng.uniform(-0.2, 0.2, count) * turn_us * sensors
    moment = (np.arange(count) + 0.5) * turn_us + early_or_late
    return np.clip(moment.astype(np.int64) % HOUR_US, 1, HOUR_US - 1)


def _table(
    day: Day,
    hour: int,
    who: npt.NDArray[np.int64],
    at_us: npt.NDArray[np.int64],
    values: npt.NDArray[np.float64],
) -> pa.Table:
    no_device, no_time = _bad_rows(day, hour, len(who))
    device = pa.DictionaryArray.from_arrays(pa.array(who, mask=no_device), list(day.fleet.device))
    sensor = pa.DictionaryArray.from_arrays(pa.array(who), list(day.fleet.sensor))
    columns = [
        pa.array(at_us, mask=no_time).cast(SCHEMA.field("ts").type),
        device.cast(pa.string()),
        sensor.cast(pa.string()),
        pa.array(values),
    ]
    return pa.table(columns, schema=SCHEMA)


def _bad_rows(
    day: Day, hour: int, rows: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which rows of the hour lack a device, and which a timestamp: the hour's middle row, or none.

    The first `bad_rows` hours have one; devices and timestamps take turns.
    """
    no_device, no_time = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
    if hour < day.bad_rows and rows:
        (no_device if hour % 2 else no_time)[rows // 2] = True
    return no_device, no_time
