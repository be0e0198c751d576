"""A model folder without a model, and windows to score: what tests of batch/ start from."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batch.folder import read_known_keys, read_model_folder
from batch.known_keys import KnownKeys
from batch.saving import Description, write_model_folder
from batch.scoring import Scorer
from batch.statistics import training_statistics

OUTPUTS = {"score": "float", "level": "integer", "is_hot": "boolean", "label": "string"}
DESCRIPTION = Description(
    name="heat",
    module="heat",
    keys=["device", "sensor"],
    features=["value_mean", "value_max"],
    outputs=OUTPUTS,
    code="abc",
    seed=7,
    trained={"from": "2026-01-01T00:05:00+00:00", "to": "2026-03-01T00:00:00+00:00"},
)


def make_windows(devices: int = 4, windows: int = 10) -> pd.DataFrame:
    """Windows of two sensors per device; value_mean counts the rows."""
    end = pd.date_range("2026-03-02", periods=windows, freq="5min", tz="UTC", unit="us")
    keys = [(f"d{i}", sensor) for i in range(devices) for sensor in ("heat", "speed")]
    rows = [(*key, at) for key in keys for at in end]
    frame = pd.DataFrame(rows, columns=["device", "sensor", "window_end"])
    mean = np.arange(len(frame), dtype=np.float64)
    return frame.assign(value_mean=mean, value_max=mean + 1, note="x")


def answer_of(windows: pd.DataFrame) -> pd.DataFrame:
    """What a well-behaved model says of windows."""
    mean = windows["value_mean"]
    return pd.DataFrame(
        {
            "score": mean / 10,
            "level": mean.round().astype(np.int64),
            "is_hot": mean > 40,
            "label": np.where(mean > 40, "hot", "cold"),
        }
    )


@pytest.fixture
def windows() -> pd.DataFrame:
    """80 windows of eight keys."""
    return make_windows()


@pytest.fixture
def model_dir(tmp_path: Path, windows: pd.DataFrame) -> Path:
    """A folder of one version that knows all keys of the windows."""
    frame = windows.join(answer_of(windows))
    statistics = training_statistics(frame, DESCRIPTION.features, OUTPUTS)
    folder = tmp_path / "models" / "heat"
    write_model_folder(
        folder,
        DESCRIPTION,
        statistics,
        lambda path: (path / "weights.txt").write_text("1"),
        known_keys=windows[["device", "sensor"]],
    )
    return folder


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Puts a module of a text on the path while a test lasts."""
    folder, written = tmp_path / "code", []
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)

    def write(name: str, text: str) -> None:
        (folder / f"{name}.py").write_text(text)
        written.append(name)

    yield write
    for name in written:
        sys.modules.pop(name, None)


class Bench:
    """Scores frames with a `predict` of a test's own."""

    def __init__(self, model_dir: Path, folder: Path) -> None:
        self.model = read_model_folder(model_dir)
        self._known = KnownKeys(read_known_keys(self.model))
        self._folder = folder
        self.line = ""

    def score(
        self, frame: pd.DataFrame, predict: Callable[[Any, pd.DataFrame], Any], rows: int = 1000
    ) -> pa.Table:
        """The scores of a part with the frame's rows."""
        part = self._folder / "part-000.parquet"
        frame.to_parquet(part, index=False)
        self.line = self.scorer(predict, rows).score_part(part, self.output)
        return pq.read_table(self.output / "part-000.scores.parquet")

    def scorer(self, predict: Callable[[Any, pd.DataFrame], Any], rows: int) -> Scorer:
        """What scores at most so many rows at once."""
        return Scorer(self.model, "the model", predict, self._known, rows)

    @property
    def output(self) -> Path:
        """Where the part's files are."""
        return self._folder / "out"

    @property
    def note(self) -> dict[str, Any]:
        """The quality note of the part."""
        note: dict[str, Any] = json.loads((self.output / "part-000.quality.json").read_text())
        return note


@pytest.fixture
def bench(model_dir: Path, tmp_path: Path) -> Bench:
    """The model's folder with any `predict`."""
    return Bench(model_dir, tmp_path)


def predict(model: Any, windows: pd.DataFrame) -> pd.DataFrame:
    """The well-behaved model."""
    return answer_of(windows)
