"""score.py as Azure ML runs it: its folder on the path, two environment variables, files in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from anomaly.bundle import Bundle, save
from tests.scoring_model.synthetic import CODE

WORKER = """
import importlib.util, json, sys
code, files = sys.argv[1], sys.argv[2:]
sys.path.insert(0, code)
spec = importlib.util.spec_from_file_location("entry_script", code + "/score.py")
entry = importlib.util.module_from_spec(spec)
spec.loader.exec_module(entry)
entry.init()
results = [entry.run([file]) for file in files] + [entry.run(files)]
foreign = [m for m in ("domain", "adapters", "demo", "sklearn") if m in sys.modules]
print(json.dumps({"results": results, "foreign": foreign}))
"""


def _work(tmp_path: Path, model_dir: Path, files: list[Path]) -> subprocess.CompletedProcess[str]:
    """Runs a worker process in an empty folder, with nothing of the project on its path."""
    output = tmp_path / "output"
    output.mkdir(exist_ok=True)
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "AZUREML_MODEL_DIR": str(model_dir),
        "AZUREML_BI_OUTPUT_PATH": str(output),
    }
    command = [sys.executable, "-W", "error", "-c", WORKER, str(CODE), *map(str, files)]
    return subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )


def test_the_documented_contract(trained: Bundle, tmp_path: Path, windows: pd.DataFrame) -> None:
    """init() once, run() per mini-batch: one element and one file per input file, keys included."""
    save(trained, tmp_path / "model" / "fleet")
    files = []
    for i, (_, rows) in enumerate(windows.groupby(["device", "sensor"])):
        files.append(tmp_path / f"part-{i:03d}.parquet")
        rows.to_parquet(files[-1], index=False)
    done = _work(tmp_path, tmp_path / "model", files)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    lines = [f"{file.name} 20 0" for file in files]
    assert answer["results"] == [[line] for line in lines] + [lines]
    assert answer["foreign"] == []
    written = sorted((tmp_path / "output").iterdir())
    assert [path.name for path in written] == [f"{file.stem}.scores.parquet" for file in files]
    assert pq.read_table(written[0]).num_rows == 20


def test_a_part_of_another_pipeline_fails_the_mini_batch(
    trained: Bundle, tmp_path: Path, windows: pd.DataFrame
) -> None:
    """The exception that Azure ML logs names the part and the columns."""
    save(trained, tmp_path / "model")
    part = tmp_path / "part-000.parquet"
    windows.drop(columns="value_std").to_parquet(part, index=False)
    done = _work(tmp_path, tmp_path / "model", [part])
    assert done.returncode != 0
    assert "PartError: part-000.parquet: lacks the columns value_std" in done.stderr


def test_a_missing_model_fails_init(tmp_path: Path) -> None:
    """A deployment without a model says so at once."""
    (tmp_path / "model").mkdir()
    done = _work(tmp_path, tmp_path / "model", [])
    assert "must hold one model (model.json); found none" in done.stderr


def test_run_before_init_is_an_error() -> None:
    """The contract's order is kept."""
    import score

    with pytest.raises(RuntimeError, match=r"init\(\) must be called before run\(\)"):
        score.run(["part-000.parquet"])
