"""Parts: one row out for each row in, in typed columns, or a clear error for the whole part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anomaly.bundle import Bundle
from anomaly.errors import PartError
from anomaly.parts import score_part


def _scored(part: Path, bundle: Bundle) -> pa.Table:
    out = part.parent / "out"
    score_part(part, bundle, out)
    return pq.read_table(out / f"{part.stem}.scores.parquet")


def test_scores_have_the_promised_columns(trained: Bundle, part: Path) -> None:
    """Names, order and types of the output are what SQL is filled from."""
    schema = _scored(part, trained).schema
    assert {field.name: str(field.type) for field in schema} == {
        "device": "string",
        "sensor": "string",
        "window_end": "timestamp[us, tz=UTC]",
        "score": "double",
        "threshold": "double",
        "is_anomaly": "bool",
        "model_version": "string",
        "rejected_reason": "string",
    } or str(schema.field("device").type) == "large_string"


def test_every_row_comes_back_in_order(trained: Bundle, part: Path, windows: pd.DataFrame) -> None:
    """Keys and window ends are the input's, row by row, and each row has a score."""
    scores = _scored(part, trained).to_pandas()
    for name in ("device", "sensor", "window_end"):
        assert scores[name].tolist() == windows[name].tolist()
    assert scores["score"].notna().all()
    assert set(scores["model_version"]) == {trained.version}
    assert scores["rejected_reason"].isna().all()


def test_a_rejected_row_is_kept_without_a_verdict(
    trained: Bundle, part: Path, windows: pd.DataFrame
) -> None:
    """A row that cannot be scored has its keys, a reason, and nulls for what is not known."""
    windows.loc[2, "value_min"] = None
    windows.loc[4, "device"] = "stranger"
    windows.to_parquet(part, index=False)
    scores = _scored(part, trained)
    assert scores.num_rows == len(windows)
    rejected = scores.take([2, 4]).to_pylist()
    assert [row["rejected_reason"] for row in rejected] == [
        "missing feature value_min",
        "unknown key",
    ]
    for row in rejected:
        assert [row["score"], row["threshold"], row["is_anomaly"]] == [None, None, None]
        assert row["window_end"] is not None
    assert scores.column("score").null_count == 2


def test_the_summary_counts_rows_and_rejected(
    trained: Bundle, part: Path, windows: pd.DataFrame, tmp_path: Path
) -> None:
    """The line for Azure ML's summary file is the part's name, its rows, its rejected rows."""
    windows.loc[0, "device"] = "stranger"
    windows.to_parquet(part, index=False)
    assert score_part(part, trained, tmp_path / "out") == f"part-000.parquet {len(windows)} 1"


def test_only_whole_files_appear(trained: Bundle, part: Path, tmp_path: Path) -> None:
    """After scoring there is the scores file and nothing temporary; scoring again replaces it."""
    for _ in range(2):
        score_part(part, trained, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["part-000.scores.parquet"]


def test_numbers_of_other_types_are_taken(
    trained: Bundle, part: Path, windows: pd.DataFrame
) -> None:
    """Integers, nulls in integers, single precision and a column of nulls are all numbers."""
    expected = _scored(part, trained).column("score").to_numpy()
    windows["value_count"] = windows["value_count"].astype("Int32")
    windows["value_max"] = windows["value_max"].astype("float32")
    windows.to_parquet(part, index=False)
    assert _scored(part, trained).column("score").to_numpy() == pytest.approx(expected, rel=1e-3)
    windows.assign(value_std=pd.Series([None] * len(windows), dtype=object)).to_parquet(part)
    assert _scored(part, trained).column("score").null_count == 0


def test_window_ends_are_put_into_utc_microseconds(
    trained: Bundle, part: Path, windows: pd.DataFrame
) -> None:
    """Whatever the unit and zone of window_end, it comes out as UTC in microseconds."""
    expected = windows["window_end"]
    windows["window_end"] = expected.dt.tz_convert("Europe/Berlin").dt.as_unit("ns")
    windows.to_parquet(part, index=False)
    column = _scored(part, trained).column("window_end")
    assert str(column.type) == "timestamp[us, tz=UTC]"
    assert column.to_pandas().tolist() == expected.tolist()


def test_further_columns_do_not_matter(trained: Bundle, part: Path, windows: pd.DataFrame) -> None:
    """A part may hold more than the model needs."""
    windows.assign(note="x", value_p90=1.0).to_parquet(part, index=False)
    assert "note" not in _scored(part, trained).column_names


def test_an_empty_part_gives_an_empty_file(
    trained: Bundle, part: Path, windows: pd.DataFrame
) -> None:
    """No rows in, no rows out, and the file is there."""
    windows[:0].to_parquet(part, index=False)
    assert _scored(part, trained).num_rows == 0


def test_missing_columns_are_all_named(trained: Bundle, part: Path, windows: pd.DataFrame) -> None:
    """A part of another pipeline is refused as a whole, with what it lacks and what is needed."""
    windows.drop(columns=["sensor", "value_max"]).to_parquet(part, index=False)
    with pytest.raises(PartError) as error:
        _scored(part, trained)
    assert str(error.value) == (
        "part-000.parquet: lacks the columns sensor, value_max; the model needs device, sensor, "
        "window_end, value_mean, value_std, value_min, value_max, value_count"
    )
    assert not (part.parent / "out").exists()


def test_text_in_a_feature_is_refused(trained: Bundle, part: Path, windows: pd.DataFrame) -> None:
    """A feature of another type is the pipeline's mistake, not a row's."""
    windows.astype({"value_mean": str}).to_parquet(part, index=False)
    with pytest.raises(PartError, match="has no numbers in the columns value_mean"):
        _scored(part, trained)


def test_window_ends_must_be_timestamps(trained: Bundle, part: Path, windows: pd.DataFrame) -> None:
    """A window_end of another type cannot be joined with anything."""
    windows.assign(window_end=np.arange(len(windows))).to_parquet(part, index=False)
    with pytest.raises(PartError, match="has no timestamps in the column window_end"):
        _scored(part, trained)
