"""train.py: from files of windows to a model folder, or to one line that says why not."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import train as script

from anomaly.bundle import load
from tests.scoring_model.synthetic import CODE, KEYS, NAMES, make_windows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Windows in two parquet files, at different depths."""
    windows = make_windows()
    half = len(windows) // 2
    (tmp_path / "windows" / "day=2").mkdir(parents=True)
    windows[:half].to_parquet(tmp_path / "windows" / "a.parquet", index=False)
    windows[half:].to_parquet(tmp_path / "windows" / "day=2" / "b.parquet", index=False)
    return tmp_path / "windows"


def _arguments(windows: Path, out: Path, *more: str) -> list[str]:
    names = ["--key", ",".join(KEYS), "--features", ",".join(NAMES)]
    return ["--windows", str(windows), *names, "--out", str(out), *more]


def test_the_script_writes_a_model_folder(folder: Path, tmp_path: Path) -> None:
    """As one types it, from any folder and without anything on the path, it trains a model."""
    out = tmp_path / "models" / "fleet"
    command = [sys.executable, str(CODE / "train.py"), *_arguments(folder, out)]
    environment = {n: v for n, v in os.environ.items() if n != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    bundle = load(out)
    assert bundle.name == "fleet"
    assert bundle.version.startswith("20260101-")
    assert len(bundle.detector.keys) == 6
    assert f"model fleet {bundle.version}: 6 keys from 576 windows" in done.stderr


def test_a_version_may_be_given(folder: Path, tmp_path: Path) -> None:
    """The caller may name the version, and scales of features."""
    more = ["--version", "v7", "--log", "value_std", "--sqrt", "value_count,value_min"]
    assert script.main(_arguments(folder, tmp_path / "m", *more)) == 0
    bundle = load(tmp_path / "m")
    assert bundle.version == "v7"
    assert [f.scale for f in bundle.detector.features] == [
        "linear",
        "log",
        "sqrt",
        "linear",
        "sqrt",
    ]


def test_the_same_windows_give_the_same_files(folder: Path, tmp_path: Path) -> None:
    """Training is deterministic down to the bytes."""
    for name in ("one", "two"):
        assert script.main(_arguments(folder, tmp_path / name / "fleet")) == 0
    one, two = tmp_path / "one" / "fleet", tmp_path / "two" / "fleet"
    for file in ("model.json", "model.npz"):
        assert (one / file).read_bytes() == (two / file).read_bytes()
    assert json.loads((one / "model.json").read_text())["training"]["windows"] == 576


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        (None, "no parquet file in"),
        (make_windows().drop(columns=["value_std"]), "a.parquet: lacks the columns value_std"),
        (make_windows(windows=3), "no key has 8 usable windows to train on; the longest has 3"),
    ],
)
def test_windows_that_do_not_suffice_exit_with_2(
    windows: pd.DataFrame | None, message: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The script ends with one line, and leaves no model."""
    folder = tmp_path / "windows"
    folder.mkdir()
    if windows is not None:
        windows.to_parquet(folder / "a.parquet", index=False)
    with caplog.at_level(logging.ERROR):
        assert script.main(_arguments(folder, tmp_path / "m")) == 2
    assert message in caplog.text
    assert not (tmp_path / "m").exists()


def test_a_file_that_is_not_there_exits_with_2(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A typing error in --windows is told."""
    assert script.main(_arguments(tmp_path / "w.parquet", tmp_path / "m")) == 2
    assert "w.parquet: there is no such file" in caplog.text
