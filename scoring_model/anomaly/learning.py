"""What is learned from the windows of some keys: fits, and distances of windows unseen by a fit.

The work of one process on one range of keys; `training.py` brings the ranges together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from anomaly.features import Feature, Floats
from anomaly.fit import KeyFit, deviations, fit_key, shrink, whitening
from anomaly.model import runs
from anomaly.shards import Key
from batch.training_windows import WINDOW_END

FOLDS = 4
FEWEST_WINDOWS = 8


@dataclass(frozen=True)
class Learned:
    """Of some keys, in order: their usable windows, and their fits where these suffice.

    `span` is that of all usable windows, None if there are none.
    """

    keys: list[Key]
    windows: list[int]
    fits: list[KeyFit | None]
    span: tuple[pd.Timestamp, pd.Timestamp] | None


def learn(frame: pd.DataFrame, keys: Sequence[str], features: Sequence[Feature]) -> Learned:
    """Fits each key of `frame`, which is sorted by key and time; without `keys`, all in one."""
    pieces, usable = _usable_windows(frame, keys, features)
    fits = [fit_key(raw, features) if len(raw) >= FEWEST_WINDOWS else None for _, raw in pieces]
    ends = frame[WINDOW_END][usable]
    span = (ends.min(), ends.max()) if len(ends) else None
    return Learned([key for key, _ in pieces], [len(raw) for _, raw in pieces], fits, span)


def unseen(
    frame: pd.DataFrame, keys: Sequence[str], features: Sequence[Feature], common: Floats
) -> list[Floats]:
    """For each key that `learn` fits, its windows' distances (windows,) as unseen ones."""
    pieces, _ = _usable_windows(frame, keys, features)
    return [_unseen(raw, common, features) for _, raw in pieces if len(raw) >= FEWEST_WINDOWS]


def _usable_windows(
    frame: pd.DataFrame, keys: Sequence[str], features: Sequence[Feature]
) -> tuple[list[tuple[Key, Floats]], npt.NDArray[np.bool_]]:
    """Each key's windows (windows, F) that have all features but spreads; which rows these are."""
    # Rows one behind the other in memory: sums of another layout differ in their last bit.
    values = np.ascontiguousarray(frame[[f.name for f in features]].to_numpy(dtype=np.float64))
    spread = np.array([f.scale == "log" for f in features])
    usable = (np.isfinite(values) | (np.isnan(values) & spread)).all(axis=1)
    found, lengths = runs(frame, keys)
    ends = np.cumsum(lengths)
    pieces = [
        (key, values[end - length : end][usable[end - length : end]])
        for key, length, end in zip(found, lengths, ends, strict=True)
    ]
    return pieces, usable


def _unseen(raw: Floats, common: Floats, features: Sequence[Feature]) -> Floats:
    """Each window's distance under a fit to the other stretches of time."""
    fold = np.arange(len(raw)) * FOLDS // len(raw)
    result = np.empty(len(raw))
    for i in range(FOLDS):
        others = raw[fold != i]
        fit = fit_key(others, features)
        z = deviations(raw[fold == i], fit.floor, fit.location, fit.scale, features)
        white = z @ whitening(shrink(fit.covariance, common, len(others)))
        result[fold == i] = np.sqrt((white**2).sum(axis=1))
    return result
