"""What is known about the past: which machine failed when, and so which windows came before.

The label file is CSV with a header: the key columns and `failed_at`, a time in ISO 8601 (UTC unless
it says otherwise).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from batch.errors import TrainingError

FAILED_AT = "failed_at"


def read_failures(path: Path, keys: Sequence[str]) -> pd.DataFrame:
    """The failures: key columns (str) and `failed_at` (UTC).

    Raises TrainingError if the file is not there, lacks a column, or a time cannot be read.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read: {error}") from error
    missing = [name for name in (*keys, FAILED_AT) if name not in table.columns]
    if missing:
        raise TrainingError(f"{path}: lacks the columns {', '.join(missing)}")
    times = pd.to_datetime(table[FAILED_AT], utc=True, format="ISO8601", errors="coerce")
    if times.isna().any():
        row = int(times.isna().argmax())
        value = table[FAILED_AT][row]
        raise TrainingError(f"{path}:{row + 2}: `{FAILED_AT}` must be ISO 8601; got {value!r}")
    return table[list(keys)].assign(**{FAILED_AT: times.dt.as_unit("us")})


def time_to_failure(
    windows: pd.DataFrame, failures: pd.DataFrame, keys: Sequence[str]
) -> npt.NDArray[np.float64]:
    """Hours from each window's end to the next failure of its machine, infinite if there is none.

    A failure at the very end of a window is over: it is not what the window could warn of.
    """
    order = np.argsort(windows["window_end"].to_numpy(), kind="stable")
    next_failure = pd.merge_asof(
        windows.iloc[order][[*keys, "window_end"]],
        failures.sort_values(FAILED_AT),
        left_on="window_end",
        right_on=FAILED_AT,
        by=list(keys),
        direction="forward",
        allow_exact_matches=False,
    )
    away = (next_failure[FAILED_AT] - next_failure["window_end"]).dt.total_seconds() / 3600
    hours = np.empty(len(windows))
    hours[order] = away.fillna(np.inf).to_numpy(dtype=np.float64)
    return hours
