"""Windows to learn from: all of them, each once, in the same order, a range at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from batch.errors import TrainingError
from batch.training_windows import TrainingWindows
from tests.scoring_model.synthetic import KEYS, NAMES, make_windows

COLUMNS = [*KEYS, "window_end", *NAMES]


def _write(folder: Path, pieces: dict[str, pd.DataFrame]) -> TrainingWindows:
    for name, frame in pieces.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(folder / name, index=False)
    return TrainingWindows([folder], KEYS, NAMES)


def _all(windows: TrainingWindows, **bounds: int) -> pd.DataFrame:
    return pd.concat([windows.read(r) for r in windows.ranges(**bounds)], ignore_index=True)


def test_every_window_is_read_once_in_order(tmp_path: Path) -> None:
    """Files at any depth and in any order give the same windows, sorted by key and time."""
    frame = make_windows()
    shuffled = frame.sample(frac=1.0, random_state=3)
    one = _write(tmp_path / "one", {"a.parquet": frame})
    pieces = {"a.parquet": shuffled[:200], "day=2/b.parquet": shuffled[200:]}
    other = _write(tmp_path / "other", pieces)
    expected = frame.sort_values([*KEYS, "window_end"])[COLUMNS].reset_index(drop=True)
    for windows in (one, other):
        for bounds in ({}, {"keys": 1}, {"keys": 4}, {"rows": 200}):
            found = _all(windows, **bounds)
            pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert found.dtypes[NAMES].tolist() == [np.dtype(float)] * 5
    assert str(found["window_end"].dtype) == "datetime64[us, UTC]"


def test_windows_that_come_twice_are_in_a_certain_order(tmp_path: Path) -> None:
    """Where key and time are alike, the features decide, not the order in the file."""
    frame = pd.concat([make_windows(keys=2, windows=9, seed=n) for n in (1, 2)])
    one = _write(tmp_path / "one", {"a.parquet": frame})
    other = _write(tmp_path / "other", {"a.parquet": frame[::-1]})
    pd.testing.assert_frame_equal(_all(one), _all(other))


def test_ranges_are_bounded(tmp_path: Path) -> None:
    """By keys and by rows; a key with more rows than that is a range of its own."""
    windows = _write(tmp_path, {"a.parquet": make_windows(keys=6, windows=10)})
    assert [r.keys for r in windows.ranges(keys=4)] == [4, 2]
    assert [r.rows for r in windows.ranges(rows=35)] == [30, 30]
    assert [r.keys for r in windows.ranges(rows=5)] == [1] * 6
    assert windows.keys["windows"].tolist() == [10] * 6
    assert list(zip(windows.keys["device"], windows.keys["sensor"], strict=True)) == [
        (f"device-{n // 2}", ["heat", "speed"][n % 2]) for n in range(6)
    ]


def test_only_files_with_keys_of_the_range_are_opened(tmp_path: Path) -> None:
    """A part of other keys may even be gone by then."""
    frame = make_windows()
    parts = {f"{device}.parquet": rows for device, rows in frame.groupby("device")}
    windows = _write(tmp_path, parts)
    (tmp_path / "device-2.parquet").unlink()
    first, second, third = windows.ranges(keys=2)
    assert len(windows.read(first)) == len(windows.read(second)) == 192
    with pytest.raises(FileNotFoundError):
        windows.read(third)


def test_types_are_made_alike(tmp_path: Path) -> None:
    """Keys that are numbers or categories, whole or missing values, other zones and units."""
    one = make_windows(keys=1, windows=8).assign(device=7, value_std=None)
    one["window_end"] = one["window_end"].dt.tz_convert("Europe/Berlin").dt.as_unit("ns")
    other = make_windows(keys=1, windows=8).assign(device="8").astype({"sensor": "category"})
    windows = _write(tmp_path, {"a.parquet": one, "b.parquet": other})
    found = _all(windows)
    assert found["device"].tolist() == ["7"] * 8 + ["8"] * 8
    assert found["value_std"].isna().tolist() == [True] * 8 + [False] * 8
    assert found["window_end"].tolist() == other["window_end"].tolist() * 2


def test_rows_without_a_key_are_counted_and_left_out(tmp_path: Path) -> None:
    """They belong to no model."""
    frame = make_windows(keys=2, windows=10)
    frame.loc[[0, 12], "sensor"] = None
    windows = _write(tmp_path, {"a.parquet": frame})
    assert (windows.rows, windows.rows_without_key, len(_all(windows))) == (18, 2, 18)


def test_a_sample_has_its_share_of_every_key(tmp_path: Path) -> None:
    """Every n-th window in order, the same whatever the order of the files' rows."""
    frame = make_windows(keys=6, windows=96)
    one = _write(tmp_path / "one", {"a.parquet": frame})
    other = _write(tmp_path / "other", {"a.parquet": frame.sample(frac=1.0, random_state=1)})
    sample = one.sample(100)
    assert len(sample) == 96
    assert sample.groupby(KEYS).size().tolist() == [16] * 6
    pd.testing.assert_frame_equal(sample, other.sample(100))
    pd.testing.assert_frame_equal(one.sample(10**6), _all(one))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda w: w.drop(columns=["sensor", "value_min"]), "lacks the columns sensor, value_min"),
        (lambda w: w.astype({"value_min": str}), "has no numbers in the columns value_min"),
        (lambda w: w.assign(window_end=1), "has no timestamps in the column window_end"),
    ],
)
def test_files_that_do_not_fit_are_named(tmp_path: Path, spoil: object, message: str) -> None:
    """The error says which file, and what is wrong with it."""
    with pytest.raises(TrainingError, match=rf"a\.parquet: {message}"):
        _write(tmp_path, {"a.parquet": spoil(make_windows())})  # type: ignore[operator]


def test_what_is_no_parquet_or_not_there_is_named(tmp_path: Path) -> None:
    """Nothing to read, a typing error and a broken file are told apart."""
    with pytest.raises(TrainingError, match="no parquet file in"):
        TrainingWindows([tmp_path], KEYS, NAMES)
    with pytest.raises(TrainingError, match=r"w\.parquet: there is no such file"):
        TrainingWindows([tmp_path / "w.parquet"], KEYS, NAMES)
    (tmp_path / "w.parquet").write_text("not parquet")
    with pytest.raises(TrainingError, match=r"w\.parquet: cannot be read as parquet"):
        TrainingWindows([tmp_path], KEYS, NAMES)


def test_texts_are_compared_as_python_does(tmp_path: Path) -> None:
    """Ranges fit together for keys of any script, though Arrow compares and Python sorts."""
    names = ["Z", "a", "ä", "zz", "传", "🙂", "~", ""]
    pieces = [make_windows(keys=1, windows=8).assign(device=name) for name in names]
    windows = _write(tmp_path, {"a.parquet": pd.concat(pieces)})
    found = _all(windows, keys=1)
    assert found["device"].tolist() == [name for name in sorted(names) for _ in range(8)]
    assert pa.array(sorted(names)).to_pylist() == sorted(names)
