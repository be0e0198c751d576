"""Machines whose vibration rises for a day before they fail, and a model that learned it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from batch.training import Trained, TrainingSpec
from batch.training_windows import TrainingWindows
from failure.training import train

FEATURES = ("volt_mean", "vibration_p90", "errors")
HOURS = 24 * 20


def make_windows(machines: int = 12, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hopping windows of some machines, and their failures, one per four days."""
    rng = np.random.default_rng(seed)
    end = pd.date_range("2026-01-01T03:00Z", periods=HOURS // 3, freq="3h", unit="us")
    frames, failures = [], []
    for machine in range(machines):
        failed = end[0] + pd.to_timedelta(np.arange(1, 6) * 90 + machine * 3, unit="h")
        ahead = np.array([min((f - at for f in failed if f > at), default=None) for at in end])
        near = np.array([gap is not None and gap <= pd.Timedelta("24h") for gap in ahead])
        frames.append(
            pd.DataFrame(
                {
                    "machine": f"m{machine:02d}",
                    "window_end": end,
                    "volt_mean": rng.normal(170, 5, len(end)),
                    "vibration_p90": rng.normal(40, 3, len(end)) + 12 * near,
                    "errors": rng.poisson(0.5 + near, len(end)),
                }
            )
        )
        failures.append(pd.DataFrame({"machine": f"m{machine:02d}", "failed_at": failed}))
    return pd.concat(frames, ignore_index=True), pd.concat(failures, ignore_index=True)


@dataclass(frozen=True)
class Lesson:
    """Files to learn from, and what was learned."""

    windows: Path
    labels: Path
    folder: Path
    trained: Trained


def spec(labels: Path | None) -> TrainingSpec:
    """What to train."""
    return TrainingSpec("machines", ("machine",), FEATURES, seed=3, labels=labels)


@pytest.fixture(scope="session")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    """A classifier of twelve machines."""
    folder = tmp_path_factory.mktemp("failure")
    windows, failures = make_windows()
    windows.to_parquet(folder / "windows.parquet", index=False)
    failures.to_csv(folder / "failures.csv", index=False)
    source = TrainingWindows([folder / "windows.parquet"], ["machine"], FEATURES)
    (folder / "model").mkdir()
    labels = folder / "failures.csv"
    trained = train(source, spec(labels), folder / "model", lambda *_: None)
    return Lesson(folder / "windows.parquet", labels, folder / "model", trained)
