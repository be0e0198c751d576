"""CSV in, a DataFrame out: a row per row of a mini-batch's files."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

weights = np.empty(0)


def init() -> None:
    """Load the model from one level below AZUREML_MODEL_DIR."""
    global weights
    weights = np.load(Path(os.environ["AZUREML_MODEL_DIR"]) / "model" / "weights.npy")


def run(mini_batch: list[str]) -> pd.DataFrame:
    """Score all files of a mini-batch at once."""
    data = pd.concat([pd.read_csv(path).assign(file=Path(path).name) for path in mini_batch])
    data["prediction"] = data[["age", "load"]].to_numpy() @ weights
    return data[["file", "machine", "prediction"]]
