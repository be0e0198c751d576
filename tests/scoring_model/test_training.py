"""Training: what it needs, what it leaves out, and that it is the same each time."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from anomaly.bundle import Bundle
from anomaly.detector import Detector
from anomaly.errors import TrainingError
from anomaly.training import FEWEST_WINDOWS, train
from tests.scoring_model.synthetic import FEATURES, KEYS, NAMES, make_windows


def _alarms(detector: Detector, windows: pd.DataFrame) -> float:
    keys = [pa.array(windows[key], pa.string()) for key in KEYS]
    return float(detector.score(keys, windows[NAMES].to_numpy(dtype=np.float64)).is_anomaly.mean())


def test_a_model_rarely_flags_new_windows_of_the_same_kind() -> None:
    """False alarms on data the model has not seen are fewer than one in two hundred."""
    detector, _ = train(make_windows(windows=288), KEYS, FEATURES)
    assert _alarms(detector, make_windows(windows=2000, seed=9)) < 0.005


def test_the_order_of_rows_does_not_matter() -> None:
    """The same windows in another order give the same numbers, bit by bit."""
    windows = make_windows()
    one, report = train(windows, KEYS, FEATURES)
    other, same_report = train(windows.sample(frac=1.0, random_state=3), KEYS, FEATURES)
    assert report == same_report
    for name in ("floor", "location", "scale", "whitening", "threshold"):
        assert (getattr(one, name) == getattr(other, name)).all()
    assert one.keys.columns == other.keys.columns


def test_the_report_tells_what_the_model_was_trained_on(trained: Bundle) -> None:
    """Span, windows and keys are on record."""
    facts = dict(trained.training)
    assert 0 <= facts.pop("false_alarm_rate") < 0.01
    assert facts == {
        "span_from": "2026-01-01T00:05:00+00:00",
        "span_to": "2026-01-01T08:00:00+00:00",
        "windows": 6 * 96,
        "windows_unused": 0,
        "keys": 6,
        "keys_unused": 0,
    }


def test_a_key_with_too_few_windows_gets_no_model() -> None:
    """A key seen a few times only is left out, and counted."""
    windows = make_windows(keys=3)
    rare = windows[windows["device"] == "device-1"].index[FEWEST_WINDOWS - 1 :]
    detector, report = train(windows.drop(rare), KEYS, FEATURES)
    assert (report.keys, report.keys_unused) == (2, 1)
    assert set(detector.keys.columns[0]) == {"device-0"}


def test_windows_that_lack_a_feature_are_not_used() -> None:
    """A window without a mean or a key is left out of training, one without a spread is not."""
    windows = make_windows()
    windows.loc[0, "value_mean"] = np.nan
    windows.loc[1, "value_max"] = np.inf
    windows.loc[2, "device"] = None
    windows.loc[3, "value_std"] = np.nan
    _, report = train(windows, KEYS, FEATURES)
    assert (report.windows, report.windows_unused) == (6 * 96 - 3, 3)


def test_training_survives_a_spoiled_span() -> None:
    """With three percent of wild windows in training, faults are still found afterwards."""
    windows = make_windows(windows=288)
    wild = windows.sample(frac=0.03, random_state=1).index
    windows.loc[wild, ["value_mean", "value_max"]] *= 3
    detector, _ = train(windows, KEYS, FEATURES)
    fresh = make_windows(windows=288, seed=8)
    assert _alarms(detector, fresh) < 0.005
    assert _alarms(detector, fresh.assign(value_mean=fresh["value_mean"] * 1.5)) == 1.0


def test_whole_numbers_and_numeric_keys_are_taken() -> None:
    """Counts are integers and keys may be numbers: both are used as the parts hold them."""
    windows = make_windows().assign(device=lambda w: w["device"].str[-1].astype(int))
    detector, _ = train(windows, KEYS, FEATURES)
    assert set(detector.keys.columns[0]) == {"0", "1", "2"}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda w: w.drop(columns=["sensor", "value_min"]), "lack the columns sensor, value_min"),
        (lambda w: w[:0], "no key has 8 usable windows to train on; the longest has 0"),
        (lambda w: w.groupby(KEYS).head(5), "no key has 8 usable windows .* the longest has 5"),
    ],
)
def test_windows_that_do_not_suffice_are_an_error(spoil: object, message: str) -> None:
    """There is no model from the wrong columns or too little data, and the error says why."""
    with pytest.raises(TrainingError, match=message):
        train(spoil(make_windows()), KEYS, FEATURES)  # type: ignore[operator]


def test_a_report_is_plain_data(trained: Bundle) -> None:
    """The report goes into model.json as it is."""
    _, report = train(make_windows(), KEYS, FEATURES)
    assert all(isinstance(value, (str, int, float)) for value in asdict(report).values())
    assert asdict(report) == trained.training
