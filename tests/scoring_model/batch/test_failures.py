"""A model that fails for some rows costs those rows, and bounded effort."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest

from batch import calls
from batch.errors import ModelContractError, ModelFolderError
from tests.scoring_model.batch.conftest import Bench, answer_of

BAD = "value_mean"


class Picky:
    """Raises for windows with a negative mean; counts its calls."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls = 0
        self._error = error or ValueError("a mean must not be negative\nsee below")

    def __call__(self, _: Any, some: pd.DataFrame) -> pd.DataFrame:
        """Changes its input before it fails, as careless code does."""
        self.calls += 1
        some[BAD] = some[BAD] * 1.0
        bad = bool((some[BAD] < 0).any())
        if bad:
            some[BAD] = -1.0
            raise self._error
        return answer_of(some)


def test_bad_rows_are_found_and_stand_alone(
    bench: Bench, windows: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    """The batch is cut into halves until the bad rows are alone; all others have their scores."""
    windows.loc[[3, 50], BAD] = -1.0
    picky = Picky()
    with caplog.at_level(logging.WARNING, logger="scoring_model"):
        scores = bench.score(windows, picky).to_pandas()
    bad = scores["rejected_reason"].notna()
    assert np.flatnonzero(bad).tolist() == [3, 50]
    assert set(scores.loc[bad, "rejected_reason"]) == {
        "model error: ValueError: a mean must not be negative"
    }
    expected = answer_of(windows)["score"]
    assert scores.loc[~bad, "score"].tolist() == expected[~bad].tolist()
    assert picky.calls <= 2 * 2 * 7 + 1  # two rows among 80 < 2**7
    assert bench.note["rejected"] == {"model error": 2}
    assert [record.message for record in caplog.records] == [
        "part-000.parquet: predict raised; looking for the rows"
    ]


def test_the_effort_is_bounded(
    bench: Bench, windows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the cuts of a part are used up, groups that raise are rejected whole, the widest cut."""
    monkeypatch.setattr(calls, "MAX_CUTS", 3)
    windows.loc[[3, 50], BAD] = -1.0
    picky = Picky()
    scores = bench.score(windows, picky, rows=64).to_pandas()
    reasons = scores["rejected_reason"]
    assert picky.calls == 2 + 2 * 3
    assert np.flatnonzero(reasons.notna()).tolist() == [*range(16), *range(48, 64)]
    assert reasons[3] == "model error: ValueError: a mean must not be negative (in one of 16 rows)"


@pytest.mark.parametrize(
    "error", [OSError("the disk is away"), ModelFolderError("shards/07", "is damaged")]
)
def test_what_no_row_can_help_fails_the_part(
    bench: Bench, windows: pd.DataFrame, error: Exception
) -> None:
    """The mini-batch is tried again, instead of rows being rejected for good; nothing is left."""
    windows.loc[3, BAD] = -1.0
    picky = Picky(error)
    with pytest.raises(type(error)):
        bench.score(windows, picky)
    assert picky.calls == 1
    assert list(bench.output.iterdir()) == []


def test_values_that_are_missing_are_rejected(bench: Bench, windows: pd.DataFrame) -> None:
    """NaN, infinity and None in outputs are no verdicts."""

    def holes(model: Any, some: pd.DataFrame) -> pd.DataFrame:
        answer = answer_of(some).astype({"level": "Int64", "is_hot": object, "label": object})
        answer.loc[0, "score"] = np.nan
        answer.loc[1, "score"] = -np.inf
        answer.loc[2, "level"] = None
        answer.loc[3, "is_hot"] = None
        answer.loc[4, "label"] = None
        return answer

    scores = bench.score(windows, holes)
    assert scores.column("rejected_reason").to_pylist()[:6] == [
        "nan: score is missing",
        "nan: score is infinite",
        "nan: level is missing",
        "nan: is_hot is missing",
        "nan: label is missing",
        None,
    ]
    assert scores.column("label").null_count == 5
    assert bench.note["rejected"] == {"nan": 5}


def test_the_answer_may_lack_rows_and_have_another_order(
    bench: Bench, windows: pd.DataFrame
) -> None:
    """Its index says which windows it is about; what is not there is rejected."""

    def shuffled(model: Any, some: pd.DataFrame) -> pd.DataFrame:
        return answer_of(some).drop(index=[1, 70]).sample(frac=1.0, random_state=1)

    scores = bench.score(windows, shuffled).to_pandas()
    missing = scores["rejected_reason"].notna()
    assert np.flatnonzero(missing).tolist() == [1, 70]
    assert scores.loc[1, "rejected_reason"] == "model error: the answer lacks the row"
    assert scores.loc[~missing, "score"].tolist() == answer_of(windows)["score"][~missing].tolist()


def test_the_model_may_reject_rows(bench: Bench, windows: pd.DataFrame) -> None:
    """Its own reasons are kept, and it need not have values for such rows."""

    def choosy(model: Any, some: pd.DataFrame) -> pd.DataFrame:
        answer = answer_of(some)
        answer["rejected_reason"] = pd.Series([None] * len(some), dtype=object)
        answer.loc[0, ["score", "rejected_reason"]] = [np.nan, "missing feature value_mean"]
        answer.loc[1, "rejected_reason"] = "nan: of my own"
        return answer

    scores = bench.score(windows, choosy).to_pandas()
    assert scores["rejected_reason"].tolist()[:2] == [
        "missing feature value_mean",
        "nan: of my own",
    ]
    assert scores.loc[:1, "level"].isna().all()
    assert bench.note["rejected"] == {"nan": 1, "other": 1}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda a: a.to_numpy(), "predict must return a DataFrame; got ndarray"),
        (
            lambda a: a[["score", "level"]],
            "the answer lacks the columns is_hot, label; got score, level",
        ),
        (
            lambda a: pd.concat([a, a["score"]], axis=1),
            "the answer must have each column once; got score twice",
        ),
        (lambda a: a.set_axis(a.index + 1), "the answer's index must be that of windows; got 80"),
        (lambda a: pd.concat([a, a[:1]]), "the answer must have each row once; got 0 twice"),
        (lambda a: a.assign(score="high"), "output score must be float; got str"),
        (lambda a: a.assign(level=0.5), "output level must be integer; got 0.5"),
        (lambda a: a.assign(is_hot=1), "output is_hot must be boolean; got int64"),
        (lambda a: a.assign(label=1), "output label must be string; got int64"),
    ],
)
def test_a_broken_contract_fails_the_part(
    bench: Bench, windows: pd.DataFrame, change: Any, problem: str
) -> None:
    """It is a mistake in the code, not in a row: the error names the module and the rule."""
    with pytest.raises(ModelContractError) as error:
        bench.score(windows, lambda _, some: change(answer_of(some)))
    assert str(error.value) == f"model module heat: {problem}"
    assert list(bench.output.iterdir()) == []
