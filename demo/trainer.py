"""Trains the pipeline's model, as a data scientist would: with the script of `scoring_model/`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from demo.errors import DemoError
from domain.pipeline import Pipeline

SCALES = {"std": "--log", "count": "--sqrt", "count_where": "--sqrt"}


def train_model(pipeline: Pipeline, windows: pd.DataFrame, app: Path, out: Path) -> dict[str, Any]:
    """Trains on `windows` into the model folder that the pipeline's deployment names.

    Returns the model's own description, `model.json`. Raises DemoError if there is none to be had.
    """
    model = pipeline.model.deployment or pipeline.name
    folder = app / "scoring_model" / "models" / model
    file = out / f"training_windows.{model}.parquet"
    windows.to_parquet(file, index=False)
    script = app / "scoring_model" / "train.py"
    command = [sys.executable, str(script), "--windows", str(file), "--out", str(folder)]
    command += ["--key", ",".join(pipeline.keys), "--features", ",".join(pipeline.features)]
    for option in dict.fromkeys(SCALES.values()):
        names = [n for n, a in pipeline.aggregates.items() if SCALES.get(a.function) == option]
        command += [option, ",".join(names)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        reason = (run.stderr.strip() or "no reason given").splitlines()[-1]
        raise DemoError(f"the model could not be trained: {reason}")
    description: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return description
