"""A trained model, and a part to score: what most tests of the model start from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from anomaly.bundle import Bundle
from anomaly.training import train
from tests.scoring_model.synthetic import FEATURES, KEYS, make_windows


@pytest.fixture(scope="session")
def trained() -> Bundle:
    """A model of six keys."""
    detector, report = train(make_windows(), KEYS, FEATURES)
    return Bundle("fleet", "test-1", detector, asdict(report))


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
