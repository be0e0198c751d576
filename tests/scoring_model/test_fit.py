"""Fits of one key against plain numpy, and against what real windows are like at their worst."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

from anomaly.features import features_of
from anomaly.fit import CLIP, NO_SAY, deviations, fit_key, shrink, whitening

LINEAR = features_of(["a", "b", "c"])


def _raw(windows: int = 200, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal([10, 20, 30], [1, 2, 3], (windows, 3))


def test_location_and_scale_are_median_and_mad() -> None:
    """Location and scale are the textbook's robust ones."""
    raw = _raw()
    fit = fit_key(raw, LINEAR)
    median = np.median(raw, axis=0)
    assert fit.location == pytest.approx(median)
    assert fit.scale == pytest.approx(1.4826 * np.median(abs(raw - median), axis=0))


def test_the_covariance_is_ledoit_and_wolfs_of_clipped_deviations() -> None:
    """The covariance is scikit-learn's of the standardised, clipped windows."""
    raw = _raw()
    fit = fit_key(raw, LINEAR)
    z = np.clip((raw - fit.location) / fit.scale, -CLIP, CLIP)
    assert fit.covariance == pytest.approx(LedoitWolf(assume_centered=True).fit(z).covariance_)


def test_a_tenth_of_bad_windows_hardly_moves_the_fit() -> None:
    """Anomalies in the training span do not become the norm."""
    raw = _raw()
    spoiled = raw.copy()
    spoiled[:20] += 1000
    clean, fit = fit_key(raw, LINEAR), fit_key(spoiled, LINEAR)
    assert fit.location == pytest.approx(clean.location, abs=0.2 * clean.scale.max())
    assert fit.scale == pytest.approx(clean.scale, rel=0.35)


def test_whitening_is_the_root_of_the_inverse() -> None:
    """Distances through the whitening are Mahalanobis'."""
    covariance = fit_key(_raw(), LINEAR).covariance
    white = whitening(covariance)
    assert white @ white.T == pytest.approx(np.linalg.inv(covariance))


def test_few_windows_count_less_than_many() -> None:
    """The fewer windows a key has, the more its covariance is the common one."""
    own, common = 4 * np.eye(2), np.eye(2)
    few, many = shrink(own, common, 8), shrink(own, common, 800)
    assert common[0, 0] < few[0, 0] < many[0, 0] < own[0, 0]


def test_a_constant_feature_has_a_tiny_scale_not_zero() -> None:
    """What never changed stands out as soon as it does."""
    raw = _raw()
    raw[:, 1] = 20.0
    fit = fit_key(raw, LINEAR)
    assert fit.scale[1] == pytest.approx(20.0 * 1e-6)
    assert np.isfinite(whitening(fit.covariance)).all()


def test_half_equal_windows_fall_back_to_the_standard_deviation() -> None:
    """A median deviation of 0 does not mean that nothing ever varies."""
    raw = np.array([[5.0]] * 7 + [[8.0]] * 3)
    assert fit_key(raw, features_of(["a"])).scale == pytest.approx([np.sqrt(9 * 0.3)])


def test_a_count_that_differs_by_one_is_not_remarkable() -> None:
    """A regular sensor's counts get the spread that Poisson's would have, at least."""
    raw = np.full((20, 1), 7.0)
    fit = fit_key(raw, features_of(["a_count"]))
    z = deviations(np.array([[8.0]]), fit.floor, fit.location, fit.scale, features_of(["a_count"]))
    assert abs(z[0, 0]) < 0.5


def test_a_spread_that_was_never_seen_has_no_say() -> None:
    """Training windows of single readings give a model in which the spread does not count."""
    raw = np.column_stack([_raw()[:, 0], np.full(200, np.nan)])
    features = features_of(["a_mean", "a_std"])
    fit = fit_key(raw, features)
    assert fit.scale[1] == NO_SAY
    z = deviations(np.array([[10.0, 3.0]]), fit.floor, fit.location, fit.scale, features)
    assert abs(z[0, 1]) < 1e-6
