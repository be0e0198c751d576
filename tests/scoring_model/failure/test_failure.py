"""The failure classifier: labels, what it learns, what it says of windows it has not seen."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from batch.errors import ModelFolderError, TrainingError
from batch.training_windows import TrainingWindows
from failure import load, predict
from failure.labels import read_failures, time_to_failure
from failure.training import HORIZON_HOURS, train
from tests.scoring_model.failure.conftest import FEATURES, Lesson, make_windows, spec


def _windows(lesson: Lesson) -> TrainingWindows:
    return TrainingWindows([lesson.windows], ["machine"], FEATURES)


def test_time_to_failure_is_that_of_the_same_machine() -> None:
    """The next failure counts, not one at the very end of a window, nor one of another machine."""
    hour = pd.date_range("2026-01-01", periods=4, freq="h", tz="UTC", unit="us")
    windows = pd.DataFrame({"machine": ["b", "a", "a", "a"], "window_end": hour[[0, 2, 1, 3]]})
    failures = pd.DataFrame({"machine": ["a", "a"], "failed_at": hour[[2, 3]]})
    assert time_to_failure(windows, failures, ["machine"]).tolist() == [np.inf, 1, 1, np.inf]


def test_failures_are_read_as_utc(tmp_path: Path) -> None:
    """Times are ISO 8601, in any zone; machines are texts."""
    path = tmp_path / "failures.csv"
    path.write_text("machine,failed_at,why\n7,2026-01-02T02:00:00+02:00,x\n07,2026-01-01,y\n")
    failures = read_failures(path, ["machine"])
    assert failures["machine"].tolist() == ["7", "07"]
    assert [at.isoformat() for at in failures["failed_at"]] == [
        "2026-01-02T00:00:00+00:00",
        "2026-01-01T00:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "cannot be read"),
        ("machine\n1\n", "lacks the columns failed_at"),
        ("machine,failed_at\n1,2026-01-01\n2,soon\n", "csv:3: `failed_at` must be ISO 8601; got"),
    ],
)
def test_labels_that_cannot_be_used_are_told(
    tmp_path: Path, text: str | None, problem: str
) -> None:
    """The error names the file, the line and the rule."""
    path = tmp_path / "failures.csv"
    if text:
        path.write_text(text)
    with pytest.raises(TrainingError, match=problem):
        read_failures(path, ["machine"])


def test_it_learns_what_comes_before_a_failure(lesson: Lesson) -> None:
    """On machines it has not seen, it finds most failures a day ahead and cries wolf rarely."""
    windows, failures = make_windows(machines=6, seed=9)
    answer = predict(load(lesson.folder), windows)
    assert list(answer) == ["failure_probability", "will_fail", "rejected_reason"]
    assert answer["failure_probability"].between(0, 1).all()
    assert answer["rejected_reason"].isna().all()
    fails = time_to_failure(windows, failures, ["machine"]) <= HORIZON_HOURS
    told = answer["will_fail"].to_numpy()
    assert (told & fails).sum() > 0.8 * fails.sum()
    assert (told & fails).sum() > 0.8 * told.sum()


def test_the_training_is_told(lesson: Lesson) -> None:
    """It is a model for any key; what nobody can label yet is not learned from."""
    trained = lesson.trained
    assert trained.keys is None
    assert trained.outputs == {"failure_probability": "float", "will_fail": "boolean"}
    assert (trained.keys_used, trained.windows + trained.windows_unused) == (12, 12 * 160)
    assert 0 < trained.windows_unused < 12 * 8
    assert trained.quality["average_precision"] > 0.8
    assert trained.facts()["horizon_hours"] == HORIZON_HOURS


def test_windows_in_any_order_get_the_answer_they_get_alone(lesson: Lesson) -> None:
    """The answer has the windows' index; features may be missing, but not all."""
    model = load(lesson.folder)
    windows, _ = make_windows(machines=1, seed=5)
    some = windows[:40].copy()
    some.loc[3, "volt_mean"] = np.nan
    some.loc[4, list(FEATURES)] = np.nan
    some.loc[5, "volt_mean"] = np.inf
    answer = predict(model, some)
    assert answer["rejected_reason"].dropna().to_dict() == {4: "no feature has a value"}
    backwards = predict(model, some[::-1])
    pd.testing.assert_frame_equal(backwards[::-1], answer)


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ("machine,failed_at\n", "there must be 20 windows each with and without a failure"),
        (None, "`labels` must name a file of failures; got none"),
    ],
)
def test_what_does_not_suffice_is_told(
    lesson: Lesson, tmp_path: Path, labels: str | None, problem: str
) -> None:
    """There is no model, and the reason is a sentence."""
    path = tmp_path / "failures.csv"
    path.write_text(labels or "")
    wanted = spec(path if labels else None)
    with pytest.raises(TrainingError, match=problem):
        train(_windows(lesson), wanted, tmp_path, lambda *_: None)
    assert not (tmp_path / "shards").exists()


def test_a_damaged_classifier_is_refused(lesson: Lesson, tmp_path: Path) -> None:
    """So is one of another version of scikit-learn: it would score with other numbers, or crash."""
    from failure import classifier

    model = load(lesson.folder)
    classifier.save(model, tmp_path)
    trees = tmp_path / "shards" / "trees.joblib"
    content = trees.read_bytes()
    version = model.facts.scikit_learn.encode()
    trees.write_bytes(content.replace(version, b"1" + b"." + b"0" * (len(version) - 2)))
    with pytest.raises(ModelFolderError, match=r"trees.joblib: needs scikit-learn 1.0+; got 1"):
        load(tmp_path)
    trees.write_bytes(content[:100])
    with pytest.raises(ModelFolderError, match="cannot be read"):
        load(tmp_path)
    facts = tmp_path / "shards" / "classifier.json"
    facts.write_text(json.dumps({"features": []}))
    with pytest.raises(ModelFolderError, match="cannot be read"):
        load(tmp_path)
