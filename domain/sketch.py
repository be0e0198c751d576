"""Quantiles from counts that add up: DDSketch.

Masson, Rim, Lee (2019), "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
guarantees", VLDB 12(12): a value x > 0 has the index ceil(log(x) / log(gamma)), which stands for
2 gamma^i / (gamma + 1); the relative error is at most (gamma - 1) / (gamma + 1). Values below 0 are
counted by their size.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

from domain.quality_notes import SketchNote


class Sketch:
    """The sketches of many parts in one. Its size is that of the range, not of the rows."""

    def __init__(self, gamma: float) -> None:
        self.gamma = gamma
        self._zero = 0
        self._positive: Counter[int] = Counter()
        self._negative: Counter[int] = Counter()

    def add(self, note: SketchNote) -> None:
        """Adds the counts of a sketch of the same gamma."""
        self._zero += note.zero
        self._positive.update(note.positive)
        self._negative.update(note.negative)

    def quantile(self, q: float) -> float | None:
        """The value at rank q (n - 1) of n in order, to the sketch's error; None if n is 0."""
        total = self._zero + self._positive.total() + self._negative.total()
        if not total:
            return None
        values, counts = zip(*self._in_order(), strict=True)
        passed = list(accumulate(counts))
        return float(values[bisect_right(passed, q * (total - 1))])

    def _in_order(self) -> Iterator[tuple[float, int]]:
        for index in sorted(self._negative, reverse=True):
            yield -self._value(index), self._negative[index]
        yield 0.0, self._zero
        for index in sorted(self._positive):
            yield self._value(index), self._positive[index]

    def _value(self, index: int) -> float:
        try:
            return math.pow(self.gamma, index) * (2 / (self.gamma + 1))
        except OverflowError:
            return math.inf
