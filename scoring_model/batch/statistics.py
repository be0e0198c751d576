"""What the training data looked like, column by column: the content of statistics.json.

Scoring counts its rows into the same bins (`quality.py`), so that whoever compares sees drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from batch.binning import count, edges_of, finite
from batch.folder import STATISTICS_VERSION


def training_statistics(
    frame: pd.DataFrame, features: Sequence[str], outputs: Mapping[str, str]
) -> dict[str, Any]:
    """The statistics of `frame`: training windows and what the model answers for them.

    `outputs` names a kind per column, as in model.json; text has no statistics. Missing and
    infinite values count as nulls. The result is plain JSON.
    """
    columns: dict[str, Any] = {name: _numbers(frame[name], "feature") for name in features}
    for name, kind in outputs.items():
        if kind.startswith("boolean"):
            columns[name] = _booleans(frame[name])
        elif not kind.startswith("string"):
            columns[name] = _numbers(frame[name], "output")
    return {"schema_version": STATISTICS_VERSION, "rows": len(frame), "columns": columns}


def _numbers(column: pd.Series[Any], role: str) -> dict[str, Any]:
    values = finite(column.to_numpy(dtype=np.float64, na_value=np.nan))
    edges = edges_of(values)
    counts = count(values, edges)
    return {
        "role": role,
        "edges": edges.tolist(),
        "expected": (counts / values.size).tolist() if values.size else [1.0],
        "min": float(values.min()) if values.size else None,
        "max": float(values.max()) if values.size else None,
        "mean": float(values.mean()) if values.size else None,
        "nulls": _share(len(column) - values.size, len(column)),
    }


def _booleans(column: pd.Series[Any]) -> dict[str, Any]:
    values = column.dropna().to_numpy(dtype=bool)
    return {
        "role": "output",
        "expected_true": _share(int(values.sum()), values.size),
        "nulls": _share(len(column) - values.size, len(column)),
    }


def _share(some: int, all_of_them: int) -> float:
    return some / all_of_them if all_of_them else 0.0
