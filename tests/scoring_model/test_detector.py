"""Scores against a direct computation, and what happens to rows that cannot be scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from anomaly import detector as module
from anomaly.detector import UNKNOWN, Detector, Scored
from anomaly.shards import Key, Shard, read_index, read_shard
from tests.scoring_model.synthetic import KEYS, NAMES


@pytest.fixture(scope="module")
def shard(version_folder: Path) -> Shard:
    """All keys of the model."""
    return read_shard(version_folder, read_index(version_folder), 0)


def _score(shard: Shard, windows: pd.DataFrame) -> Scored:
    return shard.detector.score(_places(shard, windows), windows[NAMES].to_numpy(dtype=np.float64))


def _places(shard: Shard, windows: pd.DataFrame) -> np.ndarray:
    pairs = zip(*(windows[key] for key in KEYS), strict=True)
    return np.array([shard.places.get(pair, UNKNOWN) for pair in pairs], dtype=np.int64)


def _by_hand(detector: Detector, places: dict[Key, int], row: pd.Series) -> float:
    """The formula, for one row, with plain numpy and an inverse covariance."""
    k = places[row["device"], row["sensor"]]
    x = np.array(
        [
            row["value_mean"],
            np.log(row["value_std"] + detector.floor[k, 1]),
            row["value_min"],
            row["value_max"],
            np.sqrt(row["value_count"]),
        ],
        dtype=float,
    )
    z = (x - detector.location[k]) / detector.scale[k]
    inverse = detector.whitening[k] @ detector.whitening[k].T
    return float(np.sqrt(z @ inverse @ z))


def test_scores_are_mahalanobis_distances(shard: Shard, windows: pd.DataFrame) -> None:
    """Every row's score is the formula's, for every key."""
    scored = _score(shard, windows)
    expected = [_by_hand(shard.detector, shard.places, row) for _, row in windows.iterrows()]
    assert scored.score == pytest.approx(expected)
    assert set(scored.reason) == {None}


def test_a_row_is_an_anomaly_above_its_keys_threshold(shard: Shard, windows: pd.DataFrame) -> None:
    """The flag is the comparison of score and threshold, nothing else."""
    windows.loc[:5, "value_mean"] += 50
    scored = _score(shard, windows)
    assert (scored.is_anomaly == (scored.score > scored.threshold)).all()
    assert scored.is_anomaly[:6].all()
    assert set(scored.threshold) <= set(shard.detector.threshold)


def test_blocks_do_not_change_scores(
    shard: Shard, windows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many rows are computed at a time, the scores are the same."""
    whole = _score(shard, windows).score
    monkeypatch.setattr(module, "BLOCK_VALUES", 7 * len(NAMES) ** 2)
    assert (_score(shard, windows).score == whole).all()


def test_a_stuck_sensor_stands_out(shard: Shard, windows: pd.DataFrame) -> None:
    """Readings that do not vary at all are an anomaly, even at the usual level."""
    usual = shard.detector.location[_places(shard, windows), 0]
    windows[["value_mean", "value_min", "value_max"]] = np.array([usual] * 3).T
    windows["value_std"] = 0.0
    assert _score(shard, windows).is_anomaly.all()


def test_a_missing_spread_is_scored_as_the_usual_one(shard: Shard, windows: pd.DataFrame) -> None:
    """A window of one reading has no standard deviation, and is scored all the same."""
    windows["value_std"] = np.nan
    scored = _score(shard, windows)
    assert set(scored.reason) == {None}
    detector, at = shard.detector, _places(shard, windows)
    usual = windows.assign(value_std=np.exp(detector.location[at, 1]) - detector.floor[at, 1])
    assert scored.score == pytest.approx(_score(shard, usual).score)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("device", "device-9", "unknown key"),
        ("sensor", None, "unknown key"),
        ("value_mean", np.nan, "nan: feature value_mean is missing"),
        ("value_count", np.nan, "nan: feature value_count is missing"),
        ("value_max", np.inf, "nan: feature value_max is out of range"),
        ("value_std", -1.0, "nan: feature value_std is out of range"),
        ("value_count", -1.0, "nan: feature value_count is out of range"),
    ],
)
def test_a_row_that_cannot_be_scored_says_why(
    shard: Shard, windows: pd.DataFrame, column: str, value: object, reason: str
) -> None:
    """One bad row has a reason and no score; the others are scored as if it were not there."""
    expected = _score(shard, windows).score
    spoiled = windows.astype({column: object if isinstance(windows[column][0], str) else float})
    spoiled.loc[3, column] = value
    scored = _score(shard, spoiled)
    assert scored.reason[3] == reason
    assert np.isnan([scored.score[3], scored.threshold[3]]).all()
    assert not scored.is_anomaly[3]
    assert [i for i, why in enumerate(scored.reason) if why] == [3]
    assert (np.delete(scored.score, 3) == np.delete(expected, 3)).all()


def test_an_unknown_key_is_told_before_a_missing_feature(
    shard: Shard, windows: pd.DataFrame
) -> None:
    """The first cause counts."""
    windows.loc[0, "device"] = "new"
    windows.loc[0, "value_mean"] = np.nan
    assert _score(shard, windows).reason[0] == "unknown key"


def test_scores_of_enormous_values_are_finite(shard: Shard, windows: pd.DataFrame) -> None:
    """However far off a value is, its score is a number that SQL can keep."""
    windows["value_max"] = 1e300
    scored = _score(shard, windows)
    assert np.isfinite(scored.score).all()
    assert scored.is_anomaly.all()


def test_no_rows_give_no_scores(shard: Shard, windows: pd.DataFrame) -> None:
    """An empty part is nothing special."""
    assert len(_score(shard, windows[:0]).score) == 0


def test_arrays_must_fit_together(shard: Shard) -> None:
    """A model whose arrays are of different keys cannot be made."""
    d = shard.detector
    with pytest.raises(ValueError, match=r"`scale` must be of shape \(6, 5\); got \(5, 5\)"):
        Detector(d.features, d.floor, d.location, d.scale[1:], d.whitening, d.threshold)
