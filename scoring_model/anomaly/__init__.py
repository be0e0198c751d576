"""The anomaly detector: one multivariate normal per key, robustly fitted.

A model package as `batch/` wants it: `load` and `predict` score; `training.py` is not imported
until something is to be learned, because scoring needs less than training. `_load_pyfunc` is what
MLflow calls, so that a model folder is one of its python functions as well.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from anomaly.model import Model, load

__all__ = ["load", "predict"]


def predict(model: Model, windows: pd.DataFrame) -> pd.DataFrame:
    """Scores `windows`, as Model.predict."""
    return model.predict(windows)


def _load_pyfunc(path: str) -> Model:
    return load(Path(path))
