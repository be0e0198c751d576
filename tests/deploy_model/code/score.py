"""A scoring script as small as one can be: every window gets the model's number."""

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_model = {}


def init():
    """Finds the model: Azure ML names its folder, or the one above it."""
    root = Path(os.environ["AZUREML_MODEL_DIR"])
    found = [*root.glob("model.json"), *root.glob("*/model.json")]
    _model.update(json.loads(found[0].read_text(encoding="utf-8")))


def run(mini_batch):
    """Writes a file of predictions per file of windows."""
    output = Path(os.environ["AZUREML_BI_OUTPUT_PATH"])
    for name in mini_batch:
        if _model.get("raises"):
            raise ValueError("the model is broken")
        windows = pq.read_table(name)
        rows = windows.num_rows
        table = windows.select([*_model["keys"], "window_end"])
        table = table.append_column("score", pa.array([1.0] * rows))
        table = table.append_column("model_version", pa.array([_model["version"]] * rows))
        reason = "unknown key" if _model.get("rejects") else None
        reasons = pa.array([reason] * rows, pa.string())
        pq.write_table(
            table.append_column("rejected_reason", reasons),
            output / f"{Path(name).stem}.scores.parquet",
        )
    return list(mini_batch)
