"""Trains the pipeline's model, as a data scientist would: with the script of `scoring_model/`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd

from commands.deployments import deployment_of
from commands.errors import CommandError
from commands.trainer import trainer_command
from demo.errors import DemoError
from domain.pipeline import Pipeline


def train_model(pipeline: Pipeline, windows: pd.DataFrame, app: Path, out: Path) -> dict[str, Any]:
    """Trains on `windows` into the model folder that the pipeline's deployment names.

    Returns the model's own description, `model.json`. Raises DemoError if there is none to be had.
    """
    code = app / "scoring_model"
    try:
        folder = deployment_of(pipeline, code).model
    except CommandError as error:
        raise DemoError(str(error)) from error
    file = out / f"training_windows.{pipeline.name}.parquet"
    windows.to_parquet(file, index=False)
    command = trainer_command(pipeline, code, file, folder, kind="anomaly")
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        reason = (run.stderr.strip() or "no reason given").splitlines()[-1]
        raise DemoError(f"the model could not be trained: {reason}")
    version = (folder / "CURRENT").read_text(encoding="utf-8").strip()
    description: dict[str, Any] = json.loads((folder / version / "model.json").read_text("utf-8"))
    return description
