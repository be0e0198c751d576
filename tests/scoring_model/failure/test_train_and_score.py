"""The failure classifier from end to end: trained as one types it, scored as Azure ML does."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

from batch.folder import read_model_folder
from tests.scoring_model.batch.worker import work
from tests.scoring_model.failure.conftest import FEATURES, Lesson, make_windows
from tests.scoring_model.synthetic import CODE


def test_another_kind_of_model_needs_no_code_but_its_own(lesson: Lesson, tmp_path: Path) -> None:
    """The same train.py and score.py, another package: any machine is scored, with its keys."""
    out = tmp_path / "models" / "machines"
    arguments = ["--windows", str(lesson.windows), "--labels", str(lesson.labels)]
    arguments += ["--key", "machine", "--features", ",".join(FEATURES), "--model", "failure"]
    arguments += ["--out", str(out), "--seed", "3"]
    environment = {**os.environ, "PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(CODE / "train.py"), *arguments]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    model = read_model_folder(out)
    assert model.module == "failure"
    assert not (model.path / "keys.parquet").exists()
    assert model.meta["trained"]["average_precision"] > 0.8
    trees = (model.path / "shards" / "trees.joblib").read_bytes()
    assert trees == (lesson.folder / "shards" / "trees.joblib").read_bytes()  # of another process

    windows, _ = make_windows(machines=3, seed=4)
    windows["machine"] = "new-" + windows["machine"]
    windows.loc[7, list(FEATURES)] = math.nan
    part = tmp_path / "part-000.parquet"
    windows.to_parquet(part, index=False)
    answer = work(tmp_path, out, [part])
    assert answer["results"][0] == [f"part-000.parquet {len(windows)} 1"]
    scores = pd.read_parquet(tmp_path / "output" / "part-000.scores.parquet")
    assert list(scores) == [
        *("machine", "window_end", "failure_probability", "will_fail"),
        *("model_version", "rejected_reason"),
    ]
    assert scores["machine"].tolist() == windows["machine"].tolist()
    assert scores["rejected_reason"].dropna().to_dict() == {7: "no feature has a value"}
    assert 0.2 < scores["will_fail"].mean() < 0.5
    note = json.loads((tmp_path / "output" / "part-000.quality.json").read_text())
    assert note["rejected"] == {"other": 1}
    assert 0.2 < note["columns"]["will_fail"]["expected_true"] < 0.4
