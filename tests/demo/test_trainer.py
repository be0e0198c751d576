"""Training as the demo does it: through the script, into the folder the deployment names."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from demo.errors import DemoError
from demo.trainer import train_model
from tests.demo.builders import MIDNIGHT, ROOT, fleet_pipeline


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A copy of the scoring model's code, without models."""
    ignore = shutil.ignore_patterns("models", "__pycache__")
    shutil.copytree(ROOT / "scoring_model", tmp_path / "app" / "scoring_model", ignore=ignore)
    return tmp_path / "app"


def _windows(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(5, 1, (rows, 4)), columns=fleet_pipeline().features[:4])
    ends = [MIDNIGHT + i * timedelta(minutes=5) for i in range(rows)]
    return frame.abs().assign(device="d", sensor="s", value_count=7, window_end=ends)


def test_the_model_lands_where_its_deployment_looks(app: Path, tmp_path: Path) -> None:
    """The folder that deployment.yml names has a version of it, in use; it says what it knows."""
    description = train_model(fleet_pipeline(), _windows(50), app, tmp_path)
    folder = app / "scoring_model" / "models" / "fleet"
    version = (folder / "CURRENT").read_text().strip()
    assert description == json.loads((folder / version / "model.json").read_text())
    assert description["version"] == version
    assert (description["trained"]["keys"], description["trained"]["windows"]) == (1, 50)


def test_a_script_that_fails_is_quoted_in_one_line(app: Path, tmp_path: Path) -> None:
    """The script's last words are the demo's."""
    script = app / "scoring_model" / "train.py"
    script.write_text("import sys; sys.exit('warning: slow\\ntrain: no key has enough windows')")
    with pytest.raises(DemoError, match=r"could not be trained: train: no key has enough windows$"):
        train_model(fleet_pipeline(), _windows(5), app, tmp_path)
