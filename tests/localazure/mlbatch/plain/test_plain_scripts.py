"""Scripts as Azure ML's users have them run unchanged: nothing of this project is in them.

They run in the worker's own class. How jobs hand files to it, and what becomes of its rows and
files, is shown by the tests of the neighbouring folder, with simpler scripts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from localazure.mlbatch.worker.script import Script

SAMPLES = Path(__file__).with_name("samples")
MACHINES = pd.DataFrame(
    {"machine": ["a", "b 2", "c"], "age": [1.0, 9.0, 8.0], "load": [0.5, 0.25, 0.75]}
)
SCORES = [1.5, 9.25, 8.75]

Load = Callable[[str], Script]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Sets a script up, with the folders that Azure ML gives it."""
    model, output = tmp_path / "azureml-models", tmp_path / "output"
    (model / "model").mkdir(parents=True)
    output.mkdir()
    np.save(model / "model" / "weights.npy", np.ones(2))
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(model))
    monkeypatch.setenv("AZUREML_BI_OUTPUT_PATH", str(output))
    monkeypatch.setattr(sys, "path", [*sys.path])

    def start(name: str) -> Script:
        monkeypatch.delitem(sys.modules, name, raising=False)
        script = Script(SAMPLES, SAMPLES / f"{name}.py")
        script.init()
        monkeypatch.delitem(sys.modules, name)
        return script

    return start


def _files(folder: Path, kind: str, *frames: pd.DataFrame) -> list[str]:
    """Writes part-0 and so on."""
    files = []
    for number, frame in enumerate(frames):
        path = folder / f"part-{number}.{kind}"
        if kind == "csv":
            frame.to_csv(path, index=False)
        else:
            frame.to_parquet(path, index=False)
        files.append(str(path))
    return files


def test_csv_in_and_a_frame_out(load: Load, tmp_path: Path) -> None:
    """append_row keeps the rows of all files, in order, without header or index."""
    rows = tmp_path / "rows.txt"
    load("frames").score(_files(tmp_path, "csv", MACHINES, MACHINES[:1]), rows)
    assert rows.read_text() == (
        'part-0.csv a 1.5\npart-0.csv "b 2" 9.25\npart-0.csv c 8.75\npart-1.csv a 1.5\n'
    )


def test_parquet_in_and_a_list_out(load: Load, tmp_path: Path) -> None:
    """append_row writes an element as a line; there may be more of them than files."""
    rows = tmp_path / "rows.txt"
    load("lists").score(_files(tmp_path, "parquet", MACHINES, MACHINES[:1]), rows)
    assert rows.read_text() == "a,1.50\nb 2,9.25\nc,8.75\na,1.50\n"


def test_parquet_in_and_files_out(load: Load, tmp_path: Path) -> None:
    """summary_only keeps no rows, and what the script wrote."""
    load("files").score(_files(tmp_path, "parquet", MACHINES, MACHINES[:1]), None)
    output = tmp_path / "output"
    names = ["part-0_predictions.parquet", "part-1_predictions.parquet"]
    assert sorted(path.name for path in output.iterdir()) == names
    found = pd.read_parquet(output / names[0])
    pd.testing.assert_frame_equal(found, MACHINES.assign(prediction=SCORES))
