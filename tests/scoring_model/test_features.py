"""Scales: what they do to aggregates, and the rule for a spread that does not exist."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly.features import Feature, features_of, fill_missing_spreads, floors, transform


def test_names_suggest_scales() -> None:
    """A name's ending tells spreads and counts from levels."""
    found = features_of(["value_mean", "value_std", "value_count", "errors"])
    assert [f.scale for f in found] == ["linear", "log", "sqrt", "linear"]


def test_named_scales_win_over_suggested_ones() -> None:
    """What the caller says about a feature counts more than its name."""
    found = features_of(["a_std", "jitter", "errors"], log=["jitter"], sqrt=["errors", "a_std"])
    assert [f.scale for f in found] == ["sqrt", "log", "sqrt"]


def test_a_scale_for_a_feature_that_is_not_there_is_an_error() -> None:
    """A typing error in a scale's list is told, not ignored."""
    with pytest.raises(ValueError, match="must name features; got sdt"):
        features_of(["std"], log=["sdt"])


def test_an_unknown_scale_is_an_error() -> None:
    """A model file with another scale than the three cannot be read."""
    with pytest.raises(ValueError, match="`scale` must be one of linear, log, sqrt; got 'cube'"):
        Feature("a", "cube")  # type: ignore[arg-type]


def test_transform_follows_the_scales() -> None:
    """Linear as it is, spreads as log(x + floor), counts as their root."""
    features = features_of(["a_mean", "a_std", "a_count"])
    values = transform(np.array([[-3.0, 0.0, 9.0]]), np.array([0.0, 0.5, 0.0]), features)
    assert values[0] == pytest.approx([-3.0, np.log(0.5), 3.0])


def test_the_floor_is_a_hundredth_of_the_usual_spread() -> None:
    """The floor is the key's own, and not moved by windows without any spread."""
    raw = np.array([[0.0], [2.0], [2.0], [4.0], [np.nan]])
    assert floors(raw, features_of(["a_std"])) == pytest.approx([0.02])


def test_what_has_no_value_on_a_scale_becomes_nan() -> None:
    """A negative spread or count is nonsense, and seen as such."""
    features = features_of(["a_std", "a_count"])
    values = transform(np.array([[-1.0, -1.0]]), np.zeros(2), features)
    assert np.isnan(values).all()


def test_only_a_missing_spread_is_filled() -> None:
    """A missing spread takes the usual value; nonsense and other missing numbers stay NaN."""
    features = features_of(["a_mean", "a_std"])
    raw = np.array([[np.nan, np.nan], [1.0, -1.0]])
    filled = fill_missing_spreads(np.full((2, 2), np.nan), raw, np.array([7.0, 8.0]), features)
    assert np.isnan(filled[0, 0])
    assert filled[0, 1] == 8.0
    assert np.isnan(filled[1]).all()
