"""From the distances of windows the fit has not seen to a threshold per key.

The cube root of a chi-square variable is nearly normal (Wilson and Hilferty 1931, "The
distribution of chi-square"), so distances to the power 2/3 are: a key's median and spread of them
can be had from few windows. How heavy the upper tail is, is learned from all keys together. The
tail's factor is bounded, because a training span may hold anomalies of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anomaly.features import Floats
from anomaly.fit import COMMON_WINDOWS, MAD_TO_SIGMA

POWER = 2.0 / 3.0
MARGIN = 1.15  # tomorrow is a little different from yesterday
TAIL_BOUNDS = (3.0, 7.0)  # a normal tail has 2.9 at a rate of 0.2 %


def thresholds(distances: Sequence[Floats], rate: float) -> Floats:
    """One threshold per key, from each key's distances, for a false-alarm rate of about `rate`."""
    roots = [d**POWER for d in distances]
    counts = np.array([len(r) for r in roots], dtype=np.float64)
    middle = np.array([np.median(r) for r in roots])
    spread = np.array(
        [MAD_TO_SIGMA * np.median(np.abs(r - m)) for r, m in zip(roots, middle, strict=True)]
    )
    own = counts / (counts + COMMON_WINDOWS)
    middle = own * middle + (1 - own) * np.median(middle)
    spread = np.maximum(own * spread + (1 - own) * np.median(spread), 1e-9)
    tails = np.concatenate([(r - m) / s for r, m, s in zip(roots, middle, spread, strict=True)])
    factor = np.clip(np.quantile(tails, 1.0 - rate), *TAIL_BOUNDS) * MARGIN
    return np.asarray((middle + factor * spread) ** (1.0 / POWER), dtype=np.float64)
