"""Quality notes: counts that add up, in the bins of the training data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from batch.binning import count, edges_of
from batch.sketch import Sketch
from batch.statistics import training_statistics
from tests.scoring_model.batch.conftest import Bench, answer_of, predict


def test_training_data_fall_evenly_into_their_bins(bench: Bench, windows: pd.DataFrame) -> None:
    """Scoring the windows of the training gives the shares that are expected."""
    bench.score(windows, predict, rows=9)
    note = bench.note
    assert (note["schema_version"], note["model"], note["version"]) == (
        1,
        "heat",
        bench.model.version,
    )
    assert (note["rows"], note["rejected"]) == (80, {})
    assert list(note["columns"]) == ["value_mean", "value_max", "score", "level", "is_hot"]
    mean = note["columns"]["value_mean"]
    assert mean["role"] == "feature"
    assert mean["counts"] == [8] * 10
    assert mean["expected"] == [0.1] * 10
    assert [mean[name] for name in ("rows", "nulls", "min", "max", "sum")] == [80, 0, 0, 79, 3160]
    assert note["columns"]["is_hot"] == {
        "role": "output",
        "rows": 80,
        "nulls": 0,
        "true": 39,
        "expected_true": 39 / 80,
    }


def test_notes_of_parts_add_up(bench: Bench, windows: pd.DataFrame) -> None:
    """Two halves together say the same as the whole, sketches included."""

    def notes(frame: pd.DataFrame) -> dict[str, Any]:
        bench.score(frame, predict)
        columns: dict[str, Any] = bench.note["columns"]
        return columns

    first, second, whole = notes(windows[:31]), notes(windows[31:]), notes(windows)
    for name in ("value_mean", "score"):
        added = np.add(first[name]["counts"], second[name]["counts"])
        assert added.tolist() == whole[name]["counts"]
    for side in ("positive", "negative"):
        halves = [part["score"]["sketch"][side] for part in (first, second)]
        added = {i: sum(h.get(i, 0) for h in halves) for i in {*halves[0], *halves[1]}}
        assert added == whole["score"]["sketch"][side]


def test_nulls_and_rejected_rows_are_seen(bench: Bench, windows: pd.DataFrame) -> None:
    """Features of rejected rows count; their outputs are nulls; infinite values are nulls."""
    windows.loc[0, "device"] = "d9"
    windows.loc[1, "value_max"] = np.inf
    windows.loc[2, "value_max"] = np.nan
    bench.score(windows, predict)
    columns = bench.note["columns"]
    assert bench.note["rejected"] == {"unknown key": 1}
    assert (columns["value_mean"]["rows"], columns["value_mean"]["nulls"]) == (80, 0)
    assert columns["value_max"]["nulls"] == 2
    assert columns["score"]["nulls"] == columns["is_hot"]["nulls"] == 1
    assert sum(columns["score"]["counts"]) == 79


def test_a_column_without_values_has_neither_least_nor_most(
    bench: Bench, windows: pd.DataFrame
) -> None:
    """The note stays JSON."""
    bench.score(windows.assign(value_max=np.nan), predict)
    column = bench.note["columns"]["value_max"]
    assert [column[name] for name in ("nulls", "min", "max", "sum")] == [80, None, None, 0]


def test_sums_stay_finite(bench: Bench, windows: pd.DataFrame) -> None:
    """JSON has no infinity."""
    bench.score(windows.assign(value_max=1.7e308), predict, rows=40)
    assert bench.note["columns"]["value_max"]["sum"] == np.finfo(np.float64).max


def test_a_value_that_fills_bins_has_one_of_its_own() -> None:
    """Of a constant, any change to either side is seen."""
    edges = edges_of(np.full(100, 12.0))
    assert count(np.array([11.9, 12.0, 12.0, 12.1]), edges).tolist() == [1, 2, 1]
    assert edges_of(np.empty(0)).tolist() == []
    many = edges_of(np.repeat([0.0, 5.0, 6.0], [60, 30, 10]))
    assert (np.diff(many) > 0).all()


def test_bins_are_those_of_searchsorted() -> None:
    """A value on an edge belongs to the bin below it."""
    edges = np.array([1.0, 2.0])
    assert count(np.array([0.5, 1.0, 1.5, 2.0, 2.5]), edges).tolist() == [2, 2, 1]


def test_a_sketch_knows_quantiles_within_one_percent() -> None:
    """The value of an index is within 1 % of each value that it counts, on both sides of zero."""
    rng = np.random.default_rng(3)
    values = np.exp(rng.normal(0, 4, 5000))
    sketch = Sketch()
    sketch.add(np.concatenate([values[:2500], -values[2500:], np.zeros(5)]))
    content = sketch.content()
    assert (content["gamma"], content["zero"]) == (1.02, 5)
    for side, there in (("positive", values[:2500]), ("negative", values[2500:])):
        counts = content[side]
        told = [2 * 1.02 ** int(i) / 2.02 for i, n in counts.items() for _ in range(n)]
        assert told == pytest.approx(np.sort(there), rel=0.0100001)
    assert math.isclose(sum(content["positive"].values()), 2500)


def test_statistics_say_what_the_training_data_were(windows: pd.DataFrame) -> None:
    """Numbers have edges and shares, truth values a share, text nothing."""
    frame = windows.join(answer_of(windows))
    frame.loc[0, "value_max"] = None
    outputs = {"score": "float", "is_hot": "boolean", "label": "string"}
    statistics = training_statistics(frame, ["value_max"], outputs)
    assert (statistics["schema_version"], statistics["rows"]) == (1, 80)
    columns = statistics["columns"]
    assert list(columns) == ["value_max", "score", "is_hot"]
    assert columns["is_hot"] == {"role": "output", "expected_true": 39 / 80, "nulls": 0.0}
    found = columns["value_max"]
    assert [found[name] for name in ("min", "max", "mean", "nulls")] == [2, 80, 41, 1 / 80]
    assert len(found["expected"]) == len(found["edges"]) + 1
    assert sum(found["expected"]) == pytest.approx(1.0)
