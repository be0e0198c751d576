"""A model of thousands of keys: a part of forty touches forty."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from batch.saving import write_model_folder
from batch.scoring import open_scorer
from tests.scoring_model.batch.conftest import DESCRIPTION, make_windows

# Reads a key's file when its first row comes, and remembers the order.
MODULE = """
import pandas as pd
TOUCHED = []
def load(folder):
    return {}, folder
def predict(model, windows):
    weights, folder = model
    keys = (windows["device"] + "-" + windows["sensor"]).to_list()
    for key in dict.fromkeys(keys):
        if key not in weights:
            weights[key] = float((folder / "shards" / key).read_text())
            TOUCHED.append(key)
    return pd.DataFrame({"score": windows["value_mean"] * [weights[key] for key in keys]})
"""


def test_a_part_of_40_keys_touches_40_of_5000(
    tmp_path: Path, code: Callable[[str, str], None]
) -> None:
    """Batches come in the part's order, so what is loaded for a key is loaded once, and in turn."""
    known = make_windows(devices=2500, windows=1)[["device", "sensor"]]
    part = make_windows(devices=20, windows=25)
    keys = (part["device"] + "-" + part["sensor"]).unique().tolist()

    def content(folder: Path) -> None:
        (folder / "shards").mkdir()
        for key in keys:
            (folder / "shards" / key).write_text("2")

    description = replace(DESCRIPTION, outputs={"score": "float"})
    statistics = {"schema_version": 1, "rows": 0, "columns": {}}
    write_model_folder(tmp_path / "m", description, statistics, content, known_keys=known)
    code("heat", MODULE)
    scorer = open_scorer(tmp_path / "m")
    touched = importlib.import_module("heat").TOUCHED
    assert touched == []
    part.to_parquet(tmp_path / "part-000.parquet", index=False)
    line = scorer.score_part(tmp_path / "part-000.parquet", tmp_path / "out")
    assert line == "part-000.parquet 1000 0"
    assert len(touched) == 40
    assert touched == keys
    scores = pd.read_parquet(tmp_path / "out" / "part-000.scores.parquet")
    assert scores["score"].tolist() == (part["value_mean"] * 2).tolist()
