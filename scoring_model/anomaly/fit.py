"""Robust fits of one key's windows: location, scales and a shrunk covariance.

A training day is rarely as clean as one hopes. Medians and median absolute deviations ignore a
tenth of bad windows; the covariance is that of clipped deviations; and it is shrunk twice: towards
a multiple of the identity (Ledoit and Wolf 2004, "A well-conditioned estimator for
large-dimensional covariance matrices") and, the fewer windows a key has, towards all keys'
common one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn import config_context
from sklearn.covariance import ledoit_wolf

from anomaly.features import Feature, Floats, fill_missing_spreads, floors, transform

MAD_TO_SIGMA = 1.4826  # the median absolute deviation of a normal distribution is sigma / 1.4826
CLIP = 4.0  # deviations beyond so many scales count as so many when covariances are estimated
COMMON_WINDOWS = 50.0  # the common covariance weighs as much as so many windows of the key's own
NO_SAY = 1e9  # the scale of a spread that no training window had
SMALLEST_SCALE = {"linear": 0.0, "log": 0.05, "sqrt": 0.5}


@dataclass(frozen=True)
class KeyFit:
    """One key's fit: `floor`, `location`, `scale` (F,), `covariance` (F, F) of the deviations."""

    floor: Floats
    location: Floats
    scale: Floats
    covariance: Floats


def fit_key(raw: Floats, features: Sequence[Feature]) -> KeyFit:
    """Fits one key's training windows `raw` (windows, F), which hold no missing location."""
    floor = floors(raw, features)
    values = transform(raw, floor, features)
    seen = np.asarray(~np.isnan(values).all(axis=0))
    location, scale = np.zeros(len(features)), np.full(len(features), NO_SAY)
    location[seen] = _median(values[:, seen])
    kept = [f for f, is_seen in zip(features, seen, strict=True) if is_seen]
    scale[seen] = robust_scale(values[:, seen], location[seen], kept)
    z = deviations(raw, floor, location, scale, features)
    with config_context(assume_finite=True, skip_parameter_validation=True):  # half of the time
        covariance, _ = ledoit_wolf(np.clip(z, -CLIP, CLIP), assume_centered=True)
    return KeyFit(floor, location, scale, np.asarray(covariance, dtype=np.float64))


def robust_scale(values: Floats, location: Floats, features: Sequence[Feature]) -> Floats:
    """The usual size of deviations per feature, never 0: (F,).

    Where half of the windows are equal, the median absolute deviation is 0 and the standard
    deviation stands in; where all are equal, a millionth of the value does, so that any change of
    what never changed stands out.
    """
    away = np.abs(values - location)
    scale = MAD_TO_SIGMA * _median(away)
    scale = np.where(scale > 0, scale, np.sqrt(np.nanmean(away**2, axis=0)))
    smallest = np.array([SMALLEST_SCALE[f.scale] for f in features])
    smallest = np.maximum(smallest, 1e-6 * np.maximum(1.0, np.abs(location)))
    return np.asarray(np.maximum(scale, smallest), dtype=np.float64)


def deviations(
    raw: Floats, floor: Floats, location: Floats, scale: Floats, features: Sequence[Feature]
) -> Floats:
    """How many scales each window's features lie from their locations: (windows, F)."""
    values = transform(raw, floor, features)
    return (fill_missing_spreads(values, raw, location, features) - location) / scale


def shrink(covariance: Floats, common: Floats, windows: int) -> Floats:
    """A key's covariance from `windows` windows, drawn towards the `common` one."""
    own = windows / (windows + COMMON_WINDOWS)
    return own * covariance + (1.0 - own) * common


def whitening(covariance: Floats) -> Floats:
    """W with W W^T = covariance^-1, so that ||z W|| is the Mahalanobis distance: (F, F)."""
    lower = np.linalg.cholesky(covariance)
    return np.asarray(np.linalg.inv(lower).T, dtype=np.float64)


def _median(values: Floats) -> Floats:
    """The median of what is there, per column; the plain one is several times as fast."""
    median = np.nanmedian if np.isnan(values).any() else np.median
    return np.asarray(median(values, axis=0), dtype=np.float64)
