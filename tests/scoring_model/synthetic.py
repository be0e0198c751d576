"""Windows of made-up sensors that behave normally, for the tests of the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from anomaly.features import features_of
from batch.training import TrainingSpec

KEYS = ["device", "sensor"]
NAMES = ["value_mean", "value_std", "value_min", "value_max", "value_count"]
FEATURES = features_of(NAMES)
CODE = Path(__file__).parents[2] / "scoring_model"


def spec(**changes: Any) -> TrainingSpec:
    """What to train: an anomaly model per key, unless it is said otherwise."""
    return TrainingSpec(
        **{"name": "fleet", "keys": tuple(KEYS), "features": tuple(NAMES), **changes}
    )


def make_windows(keys: int = 6, windows: int = 96, seed: int = 1) -> pd.DataFrame:
    """Five-minute windows of readings that are normal around each key's own level."""
    rng = np.random.default_rng(seed)
    end = pd.date_range("2026-01-01T00:05Z", periods=windows, freq="5min", unit="us")
    frames = []
    for key in range(keys):
        readings = rng.normal(20.0 * (key + 1), 0.5 * (key + 1), (windows, 12))
        frames.append(
            pd.DataFrame(
                {
                    "device": f"device-{key // 2}",
                    "sensor": ["heat", "speed"][key % 2],
                    "window_start": end - pd.Timedelta("5min"),
                    "window_end": end,
                    "value_mean": readings.mean(axis=1),
                    "value_std": readings.std(axis=1, ddof=1),
                    "value_min": readings.min(axis=1),
                    "value_max": readings.max(axis=1),
                    "value_count": rng.poisson(12, windows),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
