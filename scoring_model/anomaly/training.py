"""Trains a detector from windows: sorts them, fits each key, and sets the thresholds.

The result depends on the windows alone, not on the order of the rows, the clock or dice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from anomaly.calibration import thresholds
from anomaly.detector import Detector
from anomaly.errors import TrainingError
from anomaly.features import Feature, Floats
from anomaly.fit import KeyFit, deviations, fit_key, shrink, whitening
from anomaly.keys import KeyIndex

FOLDS = 4
FEWEST_WINDOWS = 8
FALSE_ALARM_RATE = 0.002


@dataclass(frozen=True)
class TrainingReport:
    """What a model was trained on. Times are ISO 8601 in UTC; `windows_unused` lack a feature."""

    span_from: str
    span_to: str
    windows: int
    windows_unused: int
    keys: int
    keys_unused: int
    false_alarm_rate: float


def train(
    windows: pd.DataFrame, keys: Sequence[str], features: Sequence[Feature]
) -> tuple[Detector, TrainingReport]:
    """Fits a detector to `windows`: key columns (text), `window_end` (datetime) and the features.

    A key with fewer than FEWEST_WINDOWS windows gets no model: its rows will be rejected as
    unknown. Raises TrainingError if a column is missing or no key has enough windows.
    """
    usable = _usable(windows, keys, features)
    groups = _by_key(usable, keys, features)
    enough = {key: raw for key, raw in groups.items() if len(raw) >= FEWEST_WINDOWS}
    if not enough:
        longest = max((len(raw) for raw in groups.values()), default=0)
        raise TrainingError(
            f"no key has {FEWEST_WINDOWS} usable windows to train on; the longest has {longest}"
        )
    detector, alarms = _fit(enough, keys, features)
    end = pd.to_datetime(usable["window_end"], utc=True)
    report = TrainingReport(
        span_from=end.min().isoformat(),
        span_to=end.max().isoformat(),
        windows=sum(len(raw) for raw in enough.values()),
        windows_unused=len(windows) - len(usable),
        keys=len(enough),
        keys_unused=len(groups) - len(enough),
        false_alarm_rate=round(alarms, 6),
    )
    return detector, report


def _usable(
    windows: pd.DataFrame, keys: Sequence[str], features: Sequence[Feature]
) -> pd.DataFrame:
    """The windows that have a key and all features but spreads, in an order of their own."""
    names = [f.name for f in features]
    missing = [c for c in (*keys, "window_end", *names) if c not in windows.columns]
    if missing or not keys or not names:
        raise TrainingError(f"the windows lack the columns {', '.join(missing) or '(none named)'}")
    values = windows[names].to_numpy(dtype=np.float64, na_value=np.nan)
    spread = np.array([f.scale == "log" for f in features])
    good = (np.isfinite(values) | (np.isnan(values) & spread)).all(axis=1)
    good &= windows[list(keys)].notna().all(axis=1).to_numpy()
    frame: pd.DataFrame = windows.loc[good, [*keys, "window_end"]].assign(
        **{name: values[good, i] for i, name in enumerate(names)}
    )
    for key in keys:
        frame[key] = frame[key].astype(str)
    ordered: pd.DataFrame = frame.sort_values([*keys, "window_end", *names], kind="stable")
    return ordered


def _by_key(
    usable: pd.DataFrame, keys: Sequence[str], features: Sequence[Feature]
) -> dict[tuple[str, ...], Floats]:
    """Each key's windows, (windows, F), in order of time; `usable` is sorted by key."""
    if usable.empty:
        return {}
    values = usable[[f.name for f in features]].to_numpy(dtype=np.float64)
    texts = usable[list(keys)].to_numpy(dtype=object)
    starts = np.flatnonzero(np.append(True, (texts[1:] != texts[:-1]).any(axis=1)))
    pieces = np.split(values, starts[1:])
    return {tuple(texts[at]): piece for at, piece in zip(starts, pieces, strict=True)}


def _fit(
    groups: dict[tuple[str, ...], Floats], keys: Sequence[str], features: Sequence[Feature]
) -> tuple[Detector, float]:
    """The detector, and the share of training windows above their thresholds when unseen."""
    fits = [fit_key(raw, features) for raw in groups.values()]
    common = np.mean([fit.covariance for fit in fits], axis=0)
    unseen = [_unseen_distances(raw, common, features) for raw in groups.values()]
    threshold = thresholds(unseen, FALSE_ALARM_RATE)
    alarms = sum(int((d > t).sum()) for d, t in zip(unseen, threshold, strict=True))
    detector = Detector(
        features=tuple(features),
        keys=KeyIndex(keys, list(zip(*groups, strict=True))),
        floor=np.array([fit.floor for fit in fits]),
        location=np.array([fit.location for fit in fits]),
        scale=np.array([fit.scale for fit in fits]),
        whitening=np.array(
            [
                whitening(shrink(fit.covariance, common, len(raw)))
                for fit, raw in zip(fits, groups.values(), strict=True)
            ]
        ),
        threshold=threshold,
    )
    return detector, alarms / sum(len(d) for d in unseen)


def _unseen_distances(raw: Floats, common: Floats, features: Sequence[Feature]) -> Floats:
    """Each window's distance under a fit to the other stretches of time: (windows,)."""
    fold = np.arange(len(raw)) * FOLDS // len(raw)
    result = np.empty(len(raw))
    for i in range(FOLDS):
        others = raw[fold != i]
        fit: KeyFit = fit_key(others, features)
        z = deviations(raw[fold == i], fit.floor, fit.location, fit.scale, features)
        white = z @ whitening(shrink(fit.covariance, common, len(others)))
        result[fold == i] = np.sqrt((white**2).sum(axis=1))
    return result
