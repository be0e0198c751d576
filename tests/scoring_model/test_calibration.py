"""Thresholds: about as many false alarms as asked for, and no more than so high."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly.calibration import MARGIN, POWER, TAIL_BOUNDS, thresholds


def _chi(keys: int, windows: int, seed: int) -> list[np.ndarray]:
    normal = np.random.default_rng(seed).normal(size=(keys, windows, 5))
    return list(np.sqrt((normal**2).sum(axis=2)))


def test_unseen_windows_are_rarely_above_the_threshold() -> None:
    """With clean training windows, alarms on new ones stay below the rate: there is a margin."""
    limits = thresholds(_chi(50, 200, seed=1), rate=0.002)
    fresh = _chi(50, 2000, seed=2)
    alarms = np.mean([(d > t).mean() for d, t in zip(fresh, limits, strict=True)])
    assert 0 < alarms < 0.002


def test_thresholds_follow_each_key() -> None:
    """A key whose distances are larger by nature gets a threshold that is larger."""
    distances = _chi(20, 400, seed=3)
    distances[0] = distances[0] * 3
    limits = thresholds(distances, rate=0.002)
    assert limits[0] > 2 * limits[1:].max()


def test_anomalies_in_training_do_not_lift_thresholds_beyond_bounds() -> None:
    """Five percent of wild windows move the threshold to the bound at most."""
    clean = _chi(20, 400, seed=4)
    spoiled = [d.copy() for d in clean]
    for distances in spoiled:
        distances[:20] = 1e6
    roots = np.concatenate(clean) ** POWER
    spread = 1.4826 * np.median(abs(roots - np.median(roots)))
    bound = (np.median(roots) + 1.3 * TAIL_BOUNDS[1] * MARGIN * spread) ** (1 / POWER)
    assert thresholds(spoiled, rate=0.002).max() < bound


def test_equal_distances_give_a_threshold_above_them() -> None:
    """A key whose windows are all alike is not flagged for being alike."""
    limits = thresholds([np.full(20, 2.0)], rate=0.002)
    assert limits == pytest.approx([2.0], abs=0.01)
    assert limits[0] > 2.0
