"""A sketch of a column: quantiles from counts, and sketches of many parts add up.

DDSketch (Masson, Rim, Lee 2019, "DDSketch: a fast and fully-mergeable quantile sketch with
relative-error guarantees"): a value x > 0 counts at ceil(log(x) / log(gamma)), which stands for
2 * gamma^i / (gamma + 1); the relative error is at most (gamma - 1) / (gamma + 1), here 1 %.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np

from batch.binning import Floats

GAMMA = 1.02


class Sketch:
    """Counts of finite values by their logarithm; negative values by that of their size."""

    def __init__(self) -> None:
        self._zero = 0
        self._positive: Counter[int] = Counter()
        self._negative: Counter[int] = Counter()

    def add(self, values: Floats) -> None:
        """Counts `values`, all finite."""
        positive, negative = values[values > 0], -values[values < 0]
        self._zero += len(values) - len(positive) - len(negative)
        _count(positive, self._positive)
        _count(negative, self._negative)

    def content(self) -> dict[str, Any]:
        """The sketch as JSON, in order of the indexes."""
        return {
            "gamma": GAMMA,
            "zero": self._zero,
            "positive": {str(index): self._positive[index] for index in sorted(self._positive)},
            "negative": {str(index): self._negative[index] for index in sorted(self._negative)},
        }


def _count(values: Floats, into: Counter[int]) -> None:
    if not values.size:
        return
    indexes = np.ceil(np.log(values) / math.log(GAMMA)).astype(np.int64)
    lowest = int(indexes.min())
    counts = np.bincount(indexes - lowest)
    for place in np.flatnonzero(counts):
        into[lowest + int(place)] += int(counts[place])
