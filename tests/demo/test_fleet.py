"""The made-up fleet: the same for the same seed, and of a sensible size."""

from __future__ import annotations

import numpy as np
import pytest

from demo.fleet import KINDS, devices_for, make_fleet


def test_the_same_seed_gives_the_same_fleet() -> None:
    """A fleet can be made again."""
    one, two, other = make_fleet(4, 1), make_fleet(4, 1), make_fleet(4, 2)
    assert (one.level == two.level).all()
    assert (one.noise == two.noise).all()
    assert (one.level != other.level).all()


def test_every_device_has_one_sensor_of_each_kind() -> None:
    """Devices times kinds of sensors, each pair once."""
    fleet = make_fleet(7, 1)
    pairs = set(zip(fleet.device, fleet.sensor, strict=True))
    assert len(pairs) == len(fleet) == 7 * len(KINDS)


@pytest.mark.parametrize(
    ("events", "devices"), [(1, 1), (10_000, 2), (500_000, 100), (1_000_000, 100), (10**8, 100)]
)
def test_few_readings_are_shared_by_few_devices(events: int, devices: int) -> None:
    """There are a hundred devices, or so many that a window still holds several readings."""
    assert devices_for(events) == devices


def test_the_daily_cycle_is_small() -> None:
    """What happens every day does not drown what is wrong."""
    fleet = make_fleet(50, 1)
    assert (fleet.swing < fleet.noise).all()
    who = np.zeros(1000, dtype=np.int64)
    values = fleet.healthy(who, np.linspace(0, 86_400, 1000), np.zeros(1000))
    assert np.ptp(values) == pytest.approx(2 * fleet.swing[0], rel=0.01)
