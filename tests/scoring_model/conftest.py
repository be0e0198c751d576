"""A trained model, and a part to score: what most tests of the model start from."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from train import train_model

from batch.training_windows import TrainingWindows
from tests.scoring_model.synthetic import KEYS, NAMES, make_windows, spec


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one version of a model of six keys, and CURRENT, as train.py writes it."""
    folder = tmp_path_factory.mktemp("trained")
    make_windows().to_parquet(folder / "windows.parquet", index=False)
    windows = TrainingWindows([folder / "windows.parquet"], KEYS, NAMES)
    train_model("anomaly", windows, spec(), folder / "fleet", lambda *_: None)
    return folder / "fleet"


@pytest.fixture(scope="session")
def version_folder(model_folder: Path) -> Path:
    """The version itself: what `anomaly.load` takes."""
    return model_folder / (model_folder / "CURRENT").read_text().strip()


@pytest.fixture
def windows() -> pd.DataFrame:
    """Windows of the same keys that the model has not seen."""
    return make_windows(windows=20, seed=2)


@pytest.fixture
def part(windows: pd.DataFrame, tmp_path: Path) -> Path:
    """The same windows as a part."""
    path = tmp_path / "in" / "part-000.parquet"
    path.parent.mkdir()
    windows.to_parquet(path, index=False)
    return path
