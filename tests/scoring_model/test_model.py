"""The model in use: the right shards at the right time, whatever the rows look like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from train import train_model

import anomaly
from anomaly import model as module
from anomaly import shards
from anomaly.model import Model, runs
from anomaly.shards import read_index, read_shard
from batch.errors import ModelFolderError
from batch.training_windows import TrainingWindows
from tests.scoring_model.synthetic import KEYS, NAMES, make_windows, spec


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The shards that are read from now on, in order."""
    numbers: list[int] = []

    def note(folder: Path, index: shards.Index, number: int) -> shards.Shard:
        numbers.append(number)
        return read_shard(folder, index, number)

    monkeypatch.setattr(module, "read_shard", note)
    return numbers


@pytest.fixture(scope="module")
def small_shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model of six keys in three shards of two."""
    folder = tmp_path_factory.mktemp("small")
    make_windows().to_parquet(folder / "windows.parquet", index=False)
    windows = TrainingWindows([folder / "windows.parquet"], KEYS, NAMES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "SHARD_KEYS", 2)
        written, _ = train_model("anomaly", windows, spec(), folder / "m", lambda *_: None)
    return written


def test_shards_do_not_change_scores(
    version_folder: Path, small_shards: Path, windows: pd.DataFrame
) -> None:
    """One shard or three, rows sorted or shuffled: the same scores, bit by bit."""
    whole = anomaly.predict(anomaly.load(version_folder), windows)
    assert whole["score"].notna().all()
    shuffled = windows.sample(frac=1.0, random_state=1)
    for rows in (windows, shuffled):
        answer = anomaly.predict(anomaly.load(small_shards), rows)
        pd.testing.assert_frame_equal(answer.sort_index(), whole)


def test_a_part_reads_the_shards_of_its_keys_only(
    small_shards: Path, windows: pd.DataFrame, read: list[int]
) -> None:
    """Loading reads no shard; a part of one device reads one, and the next time none."""
    model = anomaly.load(small_shards)
    assert read == []
    anomaly.predict(model, windows[windows["device"] == "device-1"])
    assert read == [1]
    anomaly.predict(model, windows[windows["device"] != "device-2"])
    assert read == [1, 0]


def test_memory_is_bounded(small_shards: Path, windows: pd.DataFrame, read: list[int]) -> None:
    """When there is no room, the shard that was used longest ago goes."""
    size = read_shard(small_shards, read_index(small_shards), 0).size_bytes
    model = Model(small_shards, read_index(small_shards), cache_bytes=2 * size)
    by_device = dict(iter(windows.groupby("device")))
    for number in (0, 1, 0, 2, 0, 1):
        anomaly.predict(model, by_device[f"device-{number}"])
    assert read == [0, 1, 2, 1]
    tight = Model(small_shards, read_index(small_shards), cache_bytes=1)
    assert anomaly.predict(tight, windows)["score"].notna().all()


def test_rows_that_cannot_be_scored_have_a_reason_and_nothing_else(
    small_shards: Path, windows: pd.DataFrame
) -> None:
    """Unknown and missing keys, wherever they would sort, and missing features."""
    windows.loc[0, "device"] = ""
    windows.loc[1, "device"] = "zzz"
    windows.loc[2, "sensor"] = None
    windows.loc[3, "device"] = "device-00"
    windows.loc[4, "value_mean"] = np.nan
    answer = anomaly.predict(anomaly.load(small_shards), windows)
    reasons = ["unknown key"] * 4 + ["nan: feature value_mean is missing", None]
    assert answer["rejected_reason"].tolist()[:6] == reasons
    missing = answer[["score", "threshold", "is_anomaly"]].isna()
    assert missing[:5].all(axis=None)
    assert not missing[5:].any(axis=None)


def test_the_answer_has_the_index_of_the_windows(small_shards: Path, windows: pd.DataFrame) -> None:
    """Whoever asks finds the rows again, also of no rows at all."""
    model = anomaly.load(small_shards)
    some = windows[7:70:3]
    assert (anomaly.predict(model, some).index == some.index).all()
    nothing = anomaly.predict(model, windows[:0])
    assert list(nothing) == ["score", "threshold", "is_anomaly", "rejected_reason"]
    assert nothing.empty


def test_a_damaged_shard_is_an_error_of_the_folder(
    small_shards: Path, windows: pd.DataFrame, tmp_path: Path
) -> None:
    """What is wrong with the model is never the fault of a row."""
    model = Model(tmp_path, read_index(small_shards))
    with pytest.raises(ModelFolderError, match=r"00000\.npz cannot be read"):
        anomaly.predict(model, windows)


def test_mlflow_finds_a_python_function(version_folder: Path, windows: pd.DataFrame) -> None:
    """The loader module has what MLflow calls, and its object predicts."""
    function = anomaly._load_pyfunc(str(version_folder))
    expected = anomaly.predict(anomaly.load(version_folder), windows)
    pd.testing.assert_frame_equal(function.predict(windows), expected)


def test_runs_are_of_neighbours_that_are_alike() -> None:
    """A key that comes again later is a run of its own; without key columns all rows are one."""
    frame = pd.DataFrame({"a": ["x", "x", "y", "x"], "b": ["1", "1", "1", "1"]})
    keys, lengths = runs(frame, ["a", "b"])
    assert (keys, lengths.tolist()) == ([("x", "1"), ("y", "1"), ("x", "1")], [2, 1, 1])
    keys, lengths = runs(frame, [])
    assert (keys, lengths.tolist()) == ([()], [4])
