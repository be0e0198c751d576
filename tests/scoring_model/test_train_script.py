"""train.py: from files of windows to a model folder, or to one line that says why not."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import train as script

import anomaly
from batch.folder import read_known_keys, read_model_folder
from batch.training_progress import ProgressLine
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


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_script_writes_a_model_folder(folder: Path, tmp_path: Path) -> None:
    """As one types it, from any folder and without anything on the path, it trains a model."""
    out = tmp_path / "models" / "fleet"
    command = [sys.executable, str(CODE / "train.py"), *_arguments(folder, out)]
    environment = {n: v for n, v in os.environ.items() if n != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    model = read_model_folder(out)
    assert (model.name, model.module, model.features) == ("fleet", "anomaly", tuple(NAMES))
    assert model.version.startswith("20260101-")
    assert (model.meta["trained"]["keys"], model.meta["trained"]["windows"]) == (6, 576)
    lines = done.stderr.splitlines()
    assert lines[0].startswith("trained ")
    assert "6 of 6 keys" in lines[-9]
    assert lines[-8] == "  keys      6, a model for each"
    assert lines[-7] == "  windows   576 used, 0 not"
    assert lines[-5].startswith("  quality   false_alarm_rate 0")
    assert lines[-1].startswith(f"model fleet {model.version} in {out / model.version}, ")


def test_keys_and_statistics_are_those_of_the_windows(folder: Path, tmp_path: Path) -> None:
    """Known keys are told, and what features and outputs looked like in training."""
    assert script.main(_arguments(folder, tmp_path / "m")) == 0
    model = read_model_folder(tmp_path / "m")
    known = read_known_keys(model)
    assert known is not None
    assert known.num_rows == 6
    windows = make_windows()
    mean = model.statistics["value_mean"]
    assert mean["role"] == "feature"
    assert (mean["min"], mean["max"]) == (windows["value_mean"].min(), windows["value_mean"].max())
    answer = anomaly.predict(anomaly.load(model.path), windows)
    assert model.statistics["score"]["max"] == answer["score"].max()
    assert model.statistics["is_anomaly"]["expected_true"] == answer["is_anomaly"].mean()


def test_a_version_may_be_given_and_never_changes(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The same training may run again under the name; another one may not take it."""
    out = tmp_path / "m"
    for _ in range(2):
        assert script.main(_arguments(folder, out, "--version", "v7", "--seed", "3")) == 0
    assert (out / "CURRENT").read_text() == "v7\n"
    assert script.main(_arguments(folder, out, "--version", "v7", "--sqrt", "value_min")) == 2
    assert "another content" in caplog.text
    assert script.main(_arguments(folder, out, "--sqrt", "value_min")) == 0
    model = read_model_folder(out)
    assert (out / "v7" / "model.json").is_file()
    assert model.version != "v7"
    index = json.loads((model.path / "shards" / "index.json").read_text())
    scales = [feature["scale"] for feature in index["features"]]
    assert scales == ["linear", "log", "sqrt", "linear", "sqrt"]


def test_the_same_windows_give_the_same_files(folder: Path, tmp_path: Path) -> None:
    """Training is deterministic down to the bytes."""
    for name in ("one", "two"):
        assert script.main(_arguments(folder, tmp_path / name / "fleet")) == 0
    one = _files(tmp_path / "one")
    assert one == _files(tmp_path / "two")
    assert sorted(Path(name).name for name in one) == [
        *("00000.npz", "CURRENT", "MLmodel", "index.json"),
        *("keys.parquet", "model.json", "statistics.json"),
    ]


def test_one_model_for_all_keys(folder: Path, tmp_path: Path) -> None:
    """With --global there is one fit, and no list of known keys."""
    assert script.main(_arguments(folder, tmp_path / "m", "--global")) == 0
    model = read_model_folder(tmp_path / "m")
    assert read_known_keys(model) is None
    assert model.keys == tuple(KEYS)
    fresh = make_windows().assign(device="never seen")
    assert anomaly.predict(anomaly.load(model.path), fresh)["score"].notna().all()


@pytest.mark.parametrize(
    ("windows", "more", "message"),
    [
        (None, [], "no parquet file in"),
        (make_windows().drop(columns=["value_std"]), [], "a.parquet: lacks the columns value_std"),
        (make_windows(windows=3), [], "no key has 8 usable windows to train on; the longest has 3"),
        (make_windows(windows=8), ["--log", "x"], "`log` and `sqrt` must name features; got x"),
        (
            make_windows(windows=8),
            ["--model", "nothing"],
            "must name a package with a training.py; got 'nothing'",
        ),
        (make_windows(windows=8), ["--model", "a.b"], "must name a package with a training.py"),
    ],
)
def test_what_cannot_be_trained_exits_with_2(
    windows: pd.DataFrame | None,
    more: list[str],
    message: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The script ends with one line, and leaves no model."""
    folder = tmp_path / "windows"
    folder.mkdir()
    if windows is not None:
        windows.to_parquet(folder / "a.parquet", index=False)
    with caplog.at_level(logging.ERROR):
        assert script.main(_arguments(folder, tmp_path / "m", *more)) == 2
    assert caplog.records[-1].getMessage().startswith("train: ")
    assert message in caplog.text
    assert not (tmp_path / "m").exists()


def test_unused_keys_are_named(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Some of them, and why they have no model."""
    few = pd.concat([make_windows(keys=1, windows=2).assign(device=f"new-{n}") for n in range(7)])
    few.to_parquet(folder / "few.parquet", index=False)
    with caplog.at_level(logging.INFO):
        assert script.main(_arguments(folder, tmp_path / "m")) == 0
    assert (
        "no model  7 keys, fewer than 8 usable windows: new-0/heat, new-1/heat, new-2/heat, "
        "new-3/heat, new-4/heat, ..."
    ) in caplog.text


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_in_a_terminal_and_a_few_elsewhere() -> None:
    """It writes over itself where it can, and never floods a log."""
    terminal, log = _Terminal(), io.StringIO()
    for stream in (terminal, log):
        progress = ProgressLine(stream)
        for done in range(0, 5001, 10):
            progress(done, 5000)
    assert terminal.getvalue().count("\n") == 1
    assert terminal.getvalue().endswith("trained 5,000 of 5,000 keys, 0 s\n")
    assert terminal.getvalue().count("\r") == 31
    assert log.getvalue().count("\n") == 11
