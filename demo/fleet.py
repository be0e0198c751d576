"""The sensors of the demo: who they are, and how each behaves when nothing is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DAY_S = 86_400.0
MOST_DEVICES = 100
READINGS_PER_SENSOR = 1_000  # a day's readings below which a five-minute window says little
KINDS = (
    # name, usual level, usual noise (standard deviation), both in the sensor's own unit
    ("temperature", 65.0, 0.8),
    ("vibration", 2.4, 0.12),
    ("pressure", 101.3, 0.5),
    ("current", 14.0, 0.4),
    ("humidity", 45.0, 1.5),
)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fleet:
    """Parameters of all sensors, one element per sensor: names, and doubles in its own unit."""

    device: tuple[str, ...]
    sensor: tuple[str, ...]
    level: Floats
    noise: Floats
    swing: Floats  # amplitude of the daily cycle
    peak: Floats  # when the daily cycle peaks, as a share of the day

    def __len__(self) -> int:
        return len(self.device)

    def healthy(self, who: npt.NDArray[np.int64], second: Floats, noise: Floats) -> Floats:
        """Readings of sensors `who` at `second` of the day; `noise` is standard normal."""
        cycle = np.cos(2 * np.pi * (second / DAY_S - self.peak[who]))
        return self.level[who] + self.swing[who] * cycle + self.noise[who] * noise


def devices_for(events: int) -> int:
    """How many devices share `events` readings a day, so that each window has several."""
    return int(np.clip(events // (READINGS_PER_SENSOR * len(KINDS)), 1, MOST_DEVICES))


def make_fleet(devices: int, seed: int) -> Fleet:
    """A fleet of `devices` devices with one sensor of each kind; the same for the same seed."""
    rng = np.random.default_rng([seed, 0])
    count = devices * len(KINDS)
    kind = np.arange(count) % len(KINDS)
    level = np.array([k[1] for k in KINDS])[kind] * rng.normal(1.0, 0.08, count)
    noise = np.array([k[2] for k in KINDS])[kind] * rng.lognormal(0.0, 0.25, count)
    return Fleet(
        device=tuple(f"device-{i // len(KINDS) + 1:03d}" for i in range(count)),
        sensor=tuple(KINDS[k][0] for k in kind),
        level=level,
        noise=noise,
        swing=noise * rng.uniform(0.2, 0.9, count),
        peak=rng.uniform(0.0, 1.0, count),
    )
