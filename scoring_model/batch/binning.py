"""Bins of a column: edges from its training values, and how many values fall between them.

Bin i of a value is the number of edges below it: `numpy.searchsorted(edges, x, side="left")`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

BINS = 10


def edges_of(values: Floats) -> Floats:
    """At most 2 * (BINS - 1) strictly rising edges that cut finite `values` into equal shares.

    A value that fills a whole bin, or several (a count that is nearly always 12), gets a bin of
    its own, so that a change to either side of it is seen. No values, no edges.
    """
    if not values.size:
        return np.empty(0)
    shares = np.arange(1, BINS) / BINS
    cuts = np.quantile(values, shares, method="inverted_cdf")  # values that occur
    cuts, repeats = np.unique(cuts, return_counts=True)
    alone = cuts[repeats > 1]
    return np.unique(np.concatenate([cuts, np.nextafter(alone, -np.inf)]))


def count(values: Floats, edges: Floats) -> Counts:
    """How many of the finite `values` are in each of the len(edges) + 1 bins."""
    places = np.searchsorted(edges, values, side="left")
    return np.bincount(places, minlength=len(edges) + 1).astype(np.int64)


def finite(values: Floats) -> Floats:
    """The values that are there: neither missing nor infinite."""
    good = np.isfinite(values)
    return values if good.all() else values[good]
