"""When events happen: the plan's rate with its bursts, as a function from numbers to instants."""

from __future__ import annotations

import numpy as np

from simulate.fleet import Floats
from simulate.plan import Plan


class Schedule:
    """The expected number of events grows piecewise linearly; this is its inverse.

    `total` is how many events fit into the plan's duration; None if it has no end.
    """

    def __init__(self, plan: Plan) -> None:
        edges = {0.0}
        for burst in plan.bursts:
            edges |= {burst.start_s, burst.start_s + burst.length_s}
        self._starts_s = np.array(sorted(edges))
        self._rates = np.array([_rate_at(plan, start) for start in self._starts_s])
        grown = np.diff(self._starts_s) * self._rates[:-1]
        self._counts = np.concatenate([[0.0], np.cumsum(grown)])
        self.total = None if plan.duration_s is None else int(self.count_by(plan.duration_s))

    def count_by(self, second: float) -> float:
        """How many events are expected in the first `second` real seconds."""
        piece = int(np.searchsorted(self._starts_s, second, side="right")) - 1
        since = second - self._starts_s[piece]
        return float(self._counts[piece] + since * self._rates[piece])

    def seconds_of(self, counts: Floats) -> Floats:
        """The real seconds at which so many events are expected: (n,) to (n,)."""
        # To the right of equal counts: a silence is skipped.
        piece = np.searchsorted(self._counts, counts, side="right") - 1
        seconds: Floats = (
            self._starts_s[piece] + (counts - self._counts[piece]) / self._rates[piece]
        )
        return seconds


def _rate_at(plan: Plan, second: float) -> float:
    rate = plan.rate
    for burst in plan.bursts:
        if burst.start_s <= second < burst.start_s + burst.length_s:
            rate *= burst.factor
    return rate
