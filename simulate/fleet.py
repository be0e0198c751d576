"""The fleet: who its sensors are, and how each behaves when nothing is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DAY_US = 86_400_000_000
KINDS = (
    # name, usual level, usual noise (standard deviation), both in the sensor's own unit
    ("temperature", 65.0, 0.8),
    ("vibration", 2.4, 0.12),
    ("pressure", 101.3, 0.5),
    ("current", 14.0, 0.4),
    ("humidity", 45.0, 1.5),
)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Fleet:
    """All sensors, one element each, a device's side by side; doubles in the sensor's own unit."""

    device: tuple[str, ...]
    sensor: tuple[str, ...]
    level: Floats
    noise: Floats
    swing: Floats  # amplitude of the daily wave
    peak: Floats  # when the daily wave peaks, as a share of the day (UTC)

    def __len__(self) -> int:
        return len(self.device)

    def healthy(self, who: Integers, at_us: Integers, rng: np.random.Generator) -> Floats:
        """Readings of sensors `who` at `at_us` (microseconds since 1970).

        Both arrays have the same shape, and so have the readings; `rng` makes the noise.
        """
        share = (at_us % DAY_US) / DAY_US
        wave = np.cos(2 * np.pi * (share - self.peak[who]))
        values: Floats = (
            self.level[who] + self.swing[who] * wave + self.noise[who] * rng.normal(size=who.shape)
        )
        return values


def make_fleet(devices: int, sensors: int, seed: int) -> Fleet:
    """A fleet of `devices` devices with `sensors` sensors each; the same for the same seed."""
    rng = np.random.default_rng([seed, 0])
    count = devices * sensors
    place = np.arange(count) % sensors
    kind = place % len(KINDS)
    level = np.array([k[1] for k in KINDS])[kind] * rng.normal(1.0, 0.08, count)
    noise = np.array([k[2] for k in KINDS])[kind] * rng.lognormal(0.0, 0.25, count)
    return Fleet(
        device=tuple(device_name(i // sensors) for i in range(count)),
        sensor=tuple(_sensor_name(int(p)) for p in place),
        level=level,
        noise=noise,
        swing=noise * rng.uniform(0.2, 0.9, count),
        peak=rng.uniform(0.0, 1.0, count),
    )


def device_name(index: int) -> str:
    """The name of a device by its index, from 0."""
    return f"device-{index + 1:03d}"


def _sensor_name(place: int) -> str:
    """The five kinds first; then there is a second temperature, and so on."""
    name = KINDS[place % len(KINDS)][0]
    more = place // len(KINDS)
    return f"{name}-{more + 1}" if more else name
