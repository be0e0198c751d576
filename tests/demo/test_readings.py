"""The made-up days: exact, seeded, and with faults that one can see."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from demo.faults import plan_faults
from demo.fleet import make_fleet
from demo.readings import Day, hour_table, write_day
from simulate.faults import KINDS, Fault
from tests.demo.builders import MIDNIGHT

FLEET = make_fleet(2, 3)


def _day(events: int = 24_000, **changes: object) -> pa.Table:
    day = Day(FLEET, MIDNIGHT, events, 3, **changes)  # type: ignore[arg-type]
    return pa.concat_tables(hour_table(day, hour) for hour in range(24))


@pytest.mark.parametrize("events", [1, 23, 24, 1_000, 24_001])
def test_a_day_has_exactly_so_many_readings(events: int, tmp_path: Path) -> None:
    """However they fall into hours, the readings add up."""
    written = list(write_day(Day(FLEET, MIDNIGHT, events, 3), tmp_path))
    assert [path.name for path, _ in written] == [f"hour={h:02d}.parquet" for h in range(24)]
    assert sum(rows for _, rows in written) == events
    assert sum(pq.read_metadata(path).num_rows for path, _ in written) == events


def test_the_same_seed_gives_the_same_day() -> None:
    """A day can be made again, and another seed or day gives another."""
    faults = plan_faults(FLEET, MIDNIGHT, 3)
    assert _day(faults=faults).equals(_day(faults=faults))
    other = Day(FLEET, MIDNIGHT, 24_000, 4)
    assert not hour_table(other, 0).equals(_day().slice(0, 1000))


def test_readings_lie_strictly_inside_their_hour_in_order() -> None:
    """No reading is on the boundary of two files, and each file is sorted by time."""
    day = Day(FLEET, MIDNIGHT, 24_000, 3)
    ts = hour_table(day, 5).column("ts").to_pandas()
    start = MIDNIGHT + timedelta(hours=5)
    assert ts.is_monotonic_increasing
    assert ts.min() > start
    assert ts.max() < start + timedelta(hours=1)


def test_every_sensor_reads_about_equally_often() -> None:
    """The readings are shared evenly, so that every window of every sensor has some."""
    table = _day().to_pandas()
    windows = table.groupby(["device", "sensor", table["ts"].dt.floor("15min")]).size()
    assert len(windows) == len(FLEET) * 96
    assert windows.min() >= 20


def test_columns_are_those_of_the_pipeline() -> None:
    """Instants in UTC microseconds, keys as text, the value as a double."""
    assert [str(field.type) for field in _day(24).schema] == [
        "timestamp[us, tz=UTC]",
        "string",
        "string",
        "double",
    ]


def test_bad_rows_are_as_many_as_asked_for() -> None:
    """Some rows lack a device, some a timestamp, all within the number of readings."""
    table = _day(bad_rows=5)
    assert table.num_rows == 24_000
    assert table.column("device").null_count + table.column("ts").null_count == 5
    assert table.column("device").null_count > 0
    assert table.column("ts").null_count > 0


def _fault(kind: str, strength: float = 7.0) -> Fault:
    start = MIDNIGHT + timedelta(hours=10)
    end = start + timedelta(hours=2)
    return Fault(4, FLEET.device[4], FLEET.sensor[4], kind, start, end, strength)


def _windows(fault: Fault) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean, std and max of the faulty sensor's five-minute windows, during the fault and else."""
    table = _day(72_000, faults=[fault])
    mine = (pc.field("device") == fault.device) & (pc.field("sensor") == fault.sensor)
    frame = table.filter(mine).to_pandas().set_index("ts")
    windows = frame["value"].resample("5min").agg(["mean", "std", "max"])
    level, noise = FLEET.level[fault.index], FLEET.noise[fault.index]
    windows = (windows - [level, 0, level]) / noise
    inside = (windows.index >= fault.start) & (windows.index < fault.end)
    return windows[inside], windows[~inside]


def test_a_shift_moves_the_level() -> None:
    """All windows of a shift lie outside what was normal."""
    fault, normal = _windows(_fault("shift"))
    assert fault["mean"].min() > normal["mean"].max() + 3


def test_a_drift_grows() -> None:
    """A drift starts small and ends far away."""
    fault, normal = _windows(_fault("drift"))
    assert fault["mean"].iloc[0] < 3
    assert fault["mean"].iloc[-1] > normal["mean"].max() + 5


def test_a_stuck_sensor_does_not_vary() -> None:
    """A stuck sensor's windows have no spread at all."""
    fault, normal = _windows(_fault("stuck"))
    assert fault["std"].max() == 0
    assert normal["std"].min() > 0.2


def test_noise_has_a_larger_spread() -> None:
    """A noisy sensor's windows spread far more than normal ones, around the same level."""
    fault, normal = _windows(_fault("noise"))
    assert fault["std"].median() > 3 * normal["std"].median()


def test_spikes_reach_far() -> None:
    """Most windows of a spike burst hold a reading that no normal window holds."""
    fault, normal = _windows(_fault("spikes"))
    assert (fault["max"] > normal["max"].max() + 1).mean() > 0.8


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_fault_touches_nobody_else(kind: str) -> None:
    """Other sensors, and the sensor itself outside the fault, read as without it."""
    fault = _fault(kind)
    healthy, faulty = _day().to_pandas(), _day(faults=[fault]).to_pandas()
    hit = (faulty["device"] == fault.device) & (faulty["sensor"] == fault.sensor)
    hit &= (faulty["ts"] >= fault.start) & (faulty["ts"] < fault.end)
    assert (healthy["value"][~hit] == faulty["value"][~hit]).all()
    changed = healthy["value"][hit] != faulty["value"][hit]
    assert np.mean(changed) > 0.1


def test_planned_faults_are_sensible() -> None:
    """All kinds, each on a sensor of its own, inside the day, in order, long enough to be seen."""
    fleet = make_fleet(100, 1)
    faults = plan_faults(fleet, MIDNIGHT, 1)
    assert len(faults) == 30
    assert {fault.kind for fault in faults} == set(KINDS)
    assert len({fault.index for fault in faults}) == 30
    assert faults == sorted(faults, key=lambda fault: fault.start)
    for fault in faults:
        assert MIDNIGHT < fault.start < fault.end < MIDNIGHT + timedelta(days=1)
        assert fault.end - fault.start >= timedelta(minutes=30)
        assert (fault.device, fault.sensor) == (
            fleet.device[fault.index],
            fleet.sensor[fault.index],
        )


def test_a_small_fleet_is_not_faulty_all_over() -> None:
    """At most every third sensor is hit."""
    assert len(plan_faults(make_fleet(2, 1), MIDNIGHT, 1)) == 3
