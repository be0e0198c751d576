"""One row out for each row in, in typed columns, whatever rows there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from batch.errors import PartError
from batch.windows import PartReader
from tests.scoring_model.batch.conftest import Bench, answer_of, make_windows, predict


def test_scores_have_the_promised_columns(bench: Bench, windows: pd.DataFrame) -> None:
    """Names, order and types of the output are what SQL is filled from."""
    schema = bench.score(windows, predict).schema
    assert {field.name: str(field.type) for field in schema} == {
        "device": "string",
        "sensor": "string",
        "window_end": "timestamp[us, tz=UTC]",
        "score": "double",
        "level": "int64",
        "is_hot": "bool",
        "label": "string",
        "model_version": "string",
        "rejected_reason": "string",
    }


@pytest.mark.parametrize("rows", [7, 1000])
def test_every_row_comes_back_in_order(bench: Bench, windows: pd.DataFrame, rows: int) -> None:
    """Keys, window ends and answers are row by row those of the input, batch by batch."""
    scores = bench.score(windows, predict, rows).to_pandas()
    for name in ("device", "sensor", "window_end"):
        assert scores[name].tolist() == windows[name].tolist()
    pd.testing.assert_frame_equal(scores[[*answer_of(windows)]], answer_of(windows))
    assert set(scores["model_version"]) == {bench.model.version}
    assert scores["rejected_reason"].isna().all()
    assert bench.line == "part-000.parquet 80 0"


def test_predict_gets_what_the_contract_says(bench: Bench, windows: pd.DataFrame) -> None:
    """Texts, UTC microseconds, doubles with NaN, a fresh index, the part's order, a few rows."""
    seen: list[pd.DataFrame] = []

    def look(model: Any, some: pd.DataFrame) -> pd.DataFrame:
        assert model == "the model"
        seen.append(some)
        return answer_of(some)

    windows["window_end"] = windows["window_end"].dt.tz_convert("Europe/Berlin").dt.as_unit("ns")
    windows["value_max"] = windows["value_max"].astype("Int32").where(windows.index != 3)
    bench.score(windows, look, 50)
    assert [len(some) for some in seen] == [50, 30]
    assert all(some.index.equals(pd.RangeIndex(len(some))) for some in seen)
    first = seen[0]
    assert list(first) == ["device", "sensor", "window_end", "value_mean", "value_max"]
    assert [str(kind) for kind in first.dtypes] == [
        "str",
        "str",
        "datetime64[us, UTC]",
        "float64",
        "float64",
    ]
    assert np.isnan(first.loc[3, "value_max"])


def test_unknown_keys_are_rejected_before_predict(bench: Bench, windows: pd.DataFrame) -> None:
    """A key is all of its columns; predict never sees a row of another."""

    def strict(model: Any, some: pd.DataFrame) -> pd.DataFrame:
        assert set(some["sensor"]) <= {"heat", "speed"}
        assert "d9" not in set(some["device"])
        return answer_of(some)

    windows.loc[5, "device"] = "d9"
    windows.loc[6, ["device", "sensor"]] = ["heat", "d0"]
    scores = bench.score(windows, strict)
    rejected = scores.take([5, 6]).to_pylist()
    assert [row["rejected_reason"] for row in rejected] == ["unknown key"] * 2
    assert [rejected[0][name] for name in answer_of(windows)] == [None] * 4
    assert scores.column("score").null_count == 2
    assert scores.column("score").to_pylist()[7] == pytest.approx(0.7)
    assert bench.line == "part-000.parquet 80 2"


def test_a_part_of_unknown_keys_only_never_calls_predict(
    bench: Bench, windows: pd.DataFrame
) -> None:
    """There is nothing to ask the model."""

    def never(model: Any, some: pd.DataFrame) -> pd.DataFrame:
        raise AssertionError("asked")

    scores = bench.score(windows.assign(device="d9"), never)
    assert set(scores.column("rejected_reason").to_pylist()) == {"unknown key"}


def test_rows_without_key_or_window_end_are_rejected(bench: Bench, windows: pd.DataFrame) -> None:
    """They cannot be joined with anything, and say so."""
    windows.loc[0, "sensor"] = None
    windows.loc[1, "window_end"] = pd.NaT
    reasons = bench.score(windows, predict).column("rejected_reason").to_pylist()
    assert reasons[:3] == ["schema: sensor is missing", "schema: window_end is missing", None]


def test_memory_does_not_grow_with_the_part(bench: Bench) -> None:
    """While a batch is scored, what is in memory is a fraction of the part."""
    rows, seen = 400_000, []
    frame = make_windows(devices=1, windows=1).loc[[0] * rows].reset_index(drop=True)
    rng = np.random.default_rng(1)
    frame["value_mean"], frame["value_max"] = rng.normal(size=rows), rng.normal(size=rows)
    part = bench.output.parent / "part-000.parquet"
    frame.to_parquet(part, index=False, row_group_size=20_000)
    before = pa.total_allocated_bytes()

    def look(_: Any, some: pd.DataFrame) -> pd.DataFrame:
        seen.append(pa.total_allocated_bytes() - before)
        return answer_of(some)

    assert bench.scorer(look, 16_384).score_part(part, bench.output).endswith(f" {rows} 0")
    assert max(seen) < part.stat().st_size / 2


def test_an_empty_part_gives_empty_files(bench: Bench, windows: pd.DataFrame) -> None:
    """No rows in, no rows out; scores and note are there."""
    assert bench.score(windows[:0], predict).num_rows == 0
    assert bench.note["rows"] == 0


def test_only_whole_files_appear(bench: Bench, windows: pd.DataFrame) -> None:
    """There are two files and nothing temporary; scoring again gives the same bytes."""
    found = []
    for _ in range(2):
        bench.score(windows, predict)
        found.append({path.name: path.read_bytes() for path in bench.output.iterdir()})
    assert sorted(found[0]) == ["part-000.quality.json", "part-000.scores.parquet"]
    assert found[0] == found[1]


def test_missing_and_wrong_columns_are_all_named(bench: Bench, windows: pd.DataFrame) -> None:
    """A part of another pipeline fails as a whole, with what it lacks and what is needed."""
    wrong = windows.drop(columns=["sensor"]).astype({"value_mean": str})
    with pytest.raises(PartError) as error:
        bench.score(wrong.assign(window_end=1), predict)
    assert str(error.value) == (
        "part-000.parquet: lacks the columns sensor and has no numbers in the columns value_mean "
        "and has no timestamps in the column window_end; the model needs device, sensor, "
        "window_end, value_mean, value_max"
    )
    assert not bench.output.exists()


def test_a_file_that_is_not_parquet_fails(bench: Bench, windows: pd.DataFrame) -> None:
    """The error names the part."""
    part = bench.output.parent / "part-001.parquet"
    part.write_text("device,sensor")
    with pytest.raises(PartError, match=r"part-001\.parquet: is not a parquet file"):
        PartReader(part, bench.model)


def test_keys_of_other_types_are_texts(bench: Bench, windows: pd.DataFrame) -> None:
    """A category is a text, a null column of numbers is missing numbers."""
    windows["device"] = windows["device"].astype("category")
    windows["value_max"] = pd.Series([None] * len(windows), dtype=object)
    scores = bench.score(windows, predict)
    assert scores.schema.field("device").type == pa.string()
    assert scores.column("rejected_reason").null_count == len(windows)
    assert bench.note["columns"]["value_max"]["nulls"] == len(windows)
