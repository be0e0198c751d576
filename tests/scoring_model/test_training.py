"""Training: what it needs, what it leaves out, and that it is the same each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import anomaly
from anomaly.learning import FEWEST_WINDOWS
from anomaly.training import train
from anomaly.workers import Workers
from batch.errors import TrainingError
from batch.training import Trained
from batch.training_windows import TrainingWindows
from tests.scoring_model.synthetic import KEYS, NAMES, make_windows, spec

Train = Callable[..., tuple[Path, Trained]]


@pytest.fixture
def learn(tmp_path: Path) -> Train:
    """Trains on windows; returns the model's folder and what came of it."""

    def learn(windows: pd.DataFrame, **changes: Any) -> tuple[Path, Trained]:
        number = len(list(tmp_path.iterdir()))
        folder = tmp_path / f"model-{number}"
        folder.mkdir()
        file = tmp_path / f"windows-{number}.parquet"
        windows.to_parquet(file, index=False)
        source = TrainingWindows([file], KEYS, NAMES)
        return folder, train(source, spec(**changes), folder, lambda *_: None)

    return learn


def _alarms(folder: Path, windows: pd.DataFrame) -> float:
    answer = anomaly.predict(anomaly.load(folder), windows)
    assert answer["rejected_reason"].isna().all()
    return float(answer["is_anomaly"].mean())


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "shards").iterdir()}


def test_a_model_rarely_flags_new_windows_of_the_same_kind(learn: Train) -> None:
    """False alarms on data the model has not seen are fewer than one in two hundred."""
    folder, _ = learn(make_windows(windows=288))
    assert _alarms(folder, make_windows(windows=2000, seed=9)) < 0.005


def test_neither_order_nor_processes_matter(learn: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same windows in another order, range by range in two processes: the same bytes."""
    windows = make_windows()
    one, trained = learn(windows)
    monkeypatch.setattr(
        TrainingWindows, "ranges", lambda self, _=TrainingWindows.ranges: _(self, keys=2)
    )
    other, same = learn(windows.sample(frac=1.0, random_state=3), processes=2)
    assert _files(one) == _files(other)
    assert trained.facts() == same.facts()


def test_what_came_of_it_tells_span_windows_keys_and_quality(learn: Train) -> None:
    """The facts are plain data, and go into model.json as they are."""
    _, trained = learn(make_windows())
    facts = trained.facts()
    assert 0 <= facts.pop("false_alarm_rate") < 0.01
    assert 1 < facts.pop("score_p50") < facts.pop("score_p90") < facts.pop("score_p99") < 9
    assert facts == {
        "from": "2026-01-01T00:05:00+00:00",
        "to": "2026-01-01T08:00:00+00:00",
        "windows": 6 * 96,
        "windows_unused": 0,
        "keys": 6,
        "keys_unused": {},
    }
    assert trained.outputs == {"score": "float", "threshold": "float", "is_anomaly": "boolean"}


def test_a_key_with_too_few_windows_gets_no_model(learn: Train) -> None:
    """A key seen a few times only is left out, and named."""
    windows = make_windows(keys=3)
    rare = windows[windows["device"] == "device-1"].index[FEWEST_WINDOWS - 1 :]
    folder, trained = learn(windows.drop(rare))
    assert trained.unused_keys == {"fewer than 8 usable windows": ["device-1/heat"]}
    assert (trained.keys_used, trained.windows, trained.windows_unused) == (2, 192, 7)
    assert trained.keys is not None
    assert trained.keys.to_numpy().tolist() == [["device-0", "heat"], ["device-0", "speed"]]
    answer = anomaly.predict(anomaly.load(folder), windows)
    assert answer["rejected_reason"].eq("unknown key").sum() == 96


def test_windows_that_lack_a_feature_are_not_used(learn: Train) -> None:
    """A window without a mean or a key is left out of training, one without a spread is not."""
    windows = make_windows()
    windows.loc[0, "value_mean"] = np.nan
    windows.loc[1, "value_max"] = np.inf
    windows.loc[2, "device"] = None
    windows.loc[3, "value_std"] = np.nan
    _, trained = learn(windows)
    assert (trained.windows, trained.windows_unused) == (6 * 96 - 3, 3)


def test_training_survives_a_spoiled_span(learn: Train) -> None:
    """With three percent of wild windows in training, faults are still found afterwards."""
    windows = make_windows(windows=288)
    wild = windows.sample(frac=0.03, random_state=1).index
    windows.loc[wild, ["value_mean", "value_max"]] *= 3
    folder, _ = learn(windows)
    fresh = make_windows(windows=288, seed=8)
    assert _alarms(folder, fresh) < 0.005
    assert _alarms(folder, fresh.assign(value_mean=fresh["value_mean"] * 1.5)) == 1.0


def test_a_global_model_takes_any_key(learn: Train) -> None:
    """One fit over all keys: new keys that behave alike are scored, and rarely flagged."""
    alike = [make_windows(keys=1, seed=n).assign(device=f"d{n}") for n in range(12)]
    folder, trained = learn(pd.concat(alike[:10]), per_key=False)
    assert trained.keys is None
    assert (trained.keys_used, trained.windows) == (10, 960)
    assert _alarms(folder, pd.concat(alike[10:])) < 0.02
    odd = alike[11].assign(value_mean=lambda w: w["value_mean"] * 2)
    assert _alarms(folder, odd) == 1.0


def test_progress_counts_keys(tmp_path: Path) -> None:
    """It rises to the number of keys, and never falls."""
    make_windows().to_parquet(tmp_path / "w.parquet", index=False)
    windows = TrainingWindows([tmp_path / "w.parquet"], KEYS, NAMES)
    seen: list[tuple[int, int]] = []
    train(windows, spec(), tmp_path, lambda done, total: seen.append((done, total)))
    assert [total for _, total in seen] == [6] * len(seen)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (6, 6)


@pytest.mark.parametrize("per_key", [True, False])
@pytest.mark.parametrize(
    ("few", "message"),
    [
        (lambda w: w.groupby(KEYS).head(1)[:5], "usable windows to train on; the longest has"),
        (lambda w: w.assign(device=None), "no (window has a )?key"),
        (lambda w: w[:0], "no (window has a )?key"),
    ],
)
def test_windows_that_do_not_suffice_are_an_error(
    learn: Train, few: Callable[[pd.DataFrame], pd.DataFrame], message: str, per_key: bool
) -> None:
    """There is no model from too little data, and the error says why."""
    windows = few(make_windows()).astype({"device": str})
    with pytest.raises(TrainingError, match=message):
        learn(windows, per_key=per_key)


class _Dying(Executor):
    def map(self, *_: Any, **__: Any) -> Iterator[Any]:
        raise BrokenProcessPool


def test_a_process_that_died_is_told() -> None:
    """One that needed too much memory is killed without a word: the error has some."""
    with pytest.raises(TrainingError, match=r"ended suddenly.* fewer --processes need less"):
        list(Workers(_Dying()).map(str, [1]))
