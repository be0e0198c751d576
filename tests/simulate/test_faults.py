"""Faults: known in advance, each on one sensor for a while, and only there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np

from simulate import Reading, healthy, planned_faults, stream
from simulate.fleet import make_fleet
from simulate.plan import EPOCH, Plan
from tests.simulate.plans import START, make_plan

PLAN = make_plan(rate=5_000.0, faults=10)


Sensors = dict[tuple[str, str], list[Reading]]


def by_sensor(plan: Plan) -> Sensors:
    """All readings of a stream, by device and sensor."""
    found: Sensors = {}
    for event in stream(plan):
        for reading in event.readings:
            found.setdefault((event.device, reading.sensor), []).append(reading)
    return found


def test_all_kinds_are_planned_on_sensors_of_their_own() -> None:
    """In order of time, within the stream, two of each kind among ten."""
    faults = planned_faults(PLAN)
    kinds = [fault.kind for fault in faults]
    assert sorted(kinds) == sorted(["spikes", "shift", "drift", "stuck", "noise"] * 2)
    assert len({(fault.device, fault.sensor) for fault in faults}) == 10
    assert [f.start for f in faults] == sorted(f.start for f in faults)
    end = START + timedelta(seconds=10)
    assert all(START < fault.start < fault.end < end for fault in faults)


def test_a_fault_is_seen_while_it_lasts() -> None:
    """The readings of its sensor leave their usual band during the fault; before, they do not."""
    fleet = make_fleet(PLAN.devices, PLAN.sensors, PLAN.seed)
    readings = by_sensor(PLAN)
    for fault in planned_faults(PLAN):
        level, noise = fleet.level[fault.index], fleet.noise[fault.index]
        swing = fleet.swing[fault.index]
        inside: list[float] = []
        outside: list[float] = []
        for reading in readings[fault.device, fault.sensor]:
            at = EPOCH + timedelta(microseconds=reading.at_us)
            is_inside = fault.start <= at < fault.end
            (inside if is_inside else outside).append((reading.value - level) / noise)
        assert max(np.abs(outside)) < 5 + swing / noise
        if fault.kind == "stuck":
            assert len(set(inside)) == 1
        else:
            assert max(np.abs(inside)) > 5 + swing / noise


def test_a_fault_changes_nothing_before_it() -> None:
    """Neither the sensor that will have it, nor the others."""
    plan = replace(PLAN, faults=1)
    (fault,) = planned_faults(plan)
    with_it, without = by_sensor(plan), by_sensor(replace(PLAN, faults=0))
    key = fault.device, fault.sensor
    assert with_it[key] != without[key]
    for sensor, readings in without.items():
        before = [r for r in readings if EPOCH + timedelta(microseconds=r.at_us) < fault.start]
        assert before
        assert with_it[sensor][: len(before)] == before


def test_healthy_readings_are_of_the_same_fleet() -> None:
    """Columns of one length, sorted, each sensor as often as in the stream, around its level."""
    columns = healthy(PLAN, START - timedelta(minutes=5), START)
    fleet = make_fleet(PLAN.devices, PLAN.sensors, PLAN.seed)
    assert {len(column) for column in columns.values()} == {5 * 60 * 5_000}
    assert bool((np.diff(columns["ts"].view("int64")) >= 0).all())
    assert columns["ts"][0] >= np.datetime64("2025-12-31T23:55:00")
    assert columns["ts"][-1] < np.datetime64("2026-01-01T00:00:00")
    mine = (columns["device"] == fleet.device[7]) & (columns["sensor"] == fleet.sensor[7])
    values = columns["value"][mine]
    assert len(values) == 5 * 60 * 100
    assert abs(values.mean() - fleet.level[7]) < fleet.swing[7] + 0.1 * fleet.noise[7]
    assert 0.95 < values.std() / fleet.noise[7] < 1.05
