"""score.py as Azure ML runs it: its folder on the path, two environment variables, files in."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import score

from batch.errors import ModelFolderError, PartError
from tests.scoring_model.batch.worker import work


def test_the_documented_contract(model_folder: Path, tmp_path: Path, windows: pd.DataFrame) -> None:
    """init() once, run() per mini-batch: one element, scores and a note for each input file."""
    files = []
    for i, (_, rows) in enumerate(windows.groupby(["device", "sensor"])):
        files.append(tmp_path / f"part-{i:03d}.parquet")
        rows.to_parquet(files[-1], index=False)
    answer = work(tmp_path, model_folder, files)
    lines = [f"{file.name} 20 0" for file in files]
    assert answer["results"] == [[line] for line in lines] + [lines]
    assert answer["foreign"] == []
    written = sorted(path.name for path in (tmp_path / "output").iterdir())
    stems = [file.stem for file in files]
    assert written == [f"{s}.{end}" for s in stems for end in ("quality.json", "scores.parquet")]
    scores = pq.read_table(tmp_path / "output" / "part-000.scores.parquet")
    assert scores.column_names == [
        *("device", "sensor", "window_end", "score", "threshold", "is_anomaly"),
        *("model_version", "rejected_reason"),
    ]
    assert (scores.num_rows, scores.column("score").null_count) == (20, 0)
    note = json.loads((tmp_path / "output" / "part-000.quality.json").read_text())
    assert (note["model"], note["rows"]) == ("fleet", 20)
    assert sum(note["columns"]["value_mean"]["expected"]) == pytest.approx(1.0)


def test_init_loads_what_azureml_model_dir_names(
    model_folder: Path, tmp_path: Path, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder above the model is as good; a part of another pipeline fails the mini-batch."""
    monkeypatch.setattr(score, "_scorer", None)
    with pytest.raises(RuntimeError, match=r"init\(\) must be called before run\(\)"):
        score.run([str(part)])
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(model_folder.parent))
    monkeypatch.setenv("AZUREML_BI_OUTPUT_PATH", str(tmp_path / "output"))
    score.init()
    assert score.run([str(part)]) == ["part-000.parquet 120 0"]
    pd.read_parquet(part).drop(columns="value_std").to_parquet(part)
    with pytest.raises(PartError, match=r"part-000\.parquet: lacks the columns value_std"):
        score.run([str(part)])


def test_a_missing_model_fails_init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment without a model says so at once."""
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(tmp_path))
    with pytest.raises(ModelFolderError, match=r"must hold one model \(model.json\); found none"):
        score.init()
