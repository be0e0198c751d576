"""Training windows against plain pandas, with events exactly on boundaries."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from demo.training_windows import training_windows
from domain.pipeline import Pipeline
from domain.windows import from_us, to_us, window_ends
from tests.demo.builders import MIDNIGHT, small_pipeline

AGGREGATES: dict[str, Any] = {
    "x_mean": {"function": "mean", "column": "x"},
    "x_std": {"function": "std", "column": "x"},
    "x_min": {"function": "min", "column": "x"},
    "x_max": {"function": "max", "column": "x"},
    "x_sum": {"function": "sum", "column": "x"},
    "x_first": {"function": "first", "column": "x"},
    "x_last": {"function": "last", "column": "x"},
    "x_median": {"function": "median", "column": "x"},
    "x_p90": {"function": "quantile", "column": "x", "q": 0.9},
    "x_count": {"function": "count", "column": "x"},
    "rows": {"function": "count"},
    "high": {"function": "count_where", "where": {"column": "x", "op": ">=", "value": 50}},
    "alarms": {"function": "count_where", "where": {"column": "mood", "op": "==", "value": "it's"}},
}


def _events() -> pd.DataFrame:
    """Two keys' events every half minute, so that every tenth lies on a boundary."""
    rng = np.random.default_rng(2)
    t = pd.date_range(MIDNIGHT, periods=81, freq="30s", unit="us")
    frames = [
        pd.DataFrame({"t": t, "who": who, "x": rng.uniform(0, 100, 81).round(3)})
        for who in ("a", "ß")
    ]
    events = pd.concat(frames, ignore_index=True)
    return events.assign(mood=rng.choice(["it's", "fine"], len(events)))


def _by_hand(events: pd.DataFrame, pipeline: Pipeline) -> pd.DataFrame:
    """The same windows from the definition in domain/windows.py, and pandas' aggregates."""
    w = pipeline.windows

    def ends(instant: datetime) -> list[datetime]:
        found = window_ends(to_us(instant), w.size_us, w.hop_us, w.offset_us, w.closed)
        return [from_us(us) for us in found]

    spread = events.assign(window_end=[ends(t.to_pydatetime()) for t in events["t"]])
    spread = spread.explode("window_end").sort_values("t", kind="stable")
    groups = spread.groupby(["who", "window_end"])
    x = groups["x"]
    return pd.DataFrame(
        {
            "x_mean": x.mean(),
            "x_std": x.std(),
            "x_min": x.min(),
            "x_max": x.max(),
            "x_sum": x.sum(),
            "x_first": x.first(),
            "x_last": x.last(),
            "x_median": x.median(),
            "x_p90": x.quantile(0.9),
            "x_count": x.count(),
            "rows": groups.size(),
            "high": x.agg(lambda values: (values >= 50).sum()),
            "alarms": groups["mood"].agg(lambda moods: (moods == "it's").sum()),
        }
    ).reset_index()


@pytest.mark.parametrize(
    "windows",
    [
        {"kind": "tumbling", "size": "5m"},
        {"kind": "tumbling", "size": "5m", "closed": "left"},
        {"kind": "tumbling", "size": "7m", "offset": "90s"},
        {"kind": "hopping", "size": "15m", "hop": "5m"},
        {"kind": "hopping", "size": "10m", "hop": "3m", "closed": "left"},
    ],
)
def test_windows_are_the_definitions(windows: dict[str, str], tmp_path: Path) -> None:
    """Every aggregate of every kind of window is what the definition says."""
    pipeline = small_pipeline(windows=windows, aggregates=AGGREGATES)
    events = _events()
    events.to_parquet(tmp_path / "e.parquet", index=False)
    found = training_windows(pipeline, [tmp_path / "e.parquet"])
    expected = _by_hand(events, pipeline)
    found = found.sort_values(["who", "window_end"], ignore_index=True)[list(expected.columns)]
    expected["window_end"] = pd.to_datetime(expected["window_end"], utc=True).dt.as_unit("us")
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-9)


def test_bad_events_and_duplicates_are_left_out(tmp_path: Path) -> None:
    """What has no key or timestamp, or is there twice, does not count; nor do blanks in keys."""
    t = MIDNIGHT + timedelta(minutes=1)
    rows = [(t, "a", 1.0), (t, "a", 1.0), (t, " a ", 3.0), (None, "a", 9.0), (t, None, 9.0)]
    rows += [(t, " ", 9.0), (t, "a", float("nan"))]
    pd.DataFrame(rows, columns=["t", "who", "x"]).to_parquet(tmp_path / "e.parquet", index=False)
    found = training_windows(small_pipeline(), [tmp_path / "e.parquet"])
    assert found[["who", "x_mean"]].to_dict("records") == [{"who": "a", "x_mean": 2.0}]


def test_duplicates_may_be_kept(tmp_path: Path) -> None:
    """A pipeline that keeps duplicates learns from them."""
    pipeline = small_pipeline(aggregates={"n": {"function": "count"}})
    source = pipeline.source.model_copy(update={"duplicates": "keep"})
    t = MIDNIGHT + timedelta(minutes=1)
    events = pd.DataFrame({"t": [t, t], "who": ["a", "a"], "x": [1.0, 1.0]})
    events.to_parquet(tmp_path / "e.parquet", index=False)
    for one, count in ((pipeline, 1), (pipeline.model_copy(update={"source": source}), 2)):
        assert training_windows(one, [tmp_path / "e.parquet"])["n"].tolist() == [count]


@pytest.mark.parametrize(
    ("stamp", "source"),
    [
        ("2026-01-10 01:02:00", {"time_zone": "Europe/Berlin"}),
        ("2026-01-10T00:02:00Z", {}),
        ("2026-01-10 05:02:00+05:00", {"time_zone": "Europe/Berlin"}),
        ("1768003320", {"timestamp_unit": "s"}),
        ("1768003320000", {"timestamp_unit": "ms"}),
    ],
)
def test_timestamps_are_read_as_the_pipeline_says(
    stamp: str, source: dict[str, str], tmp_path: Path
) -> None:
    """Zones named in the text, the pipeline's zone, and numbers with a unit give one instant."""
    base = small_pipeline()
    pipeline = base.model_copy(update={"source": base.source.model_copy(update=source)})
    file = tmp_path / "e.csv"
    file.write_text(f"t,who,x\n{stamp},a,1\n")
    (end,) = training_windows(pipeline, [file])["window_end"]
    assert end == MIDNIGHT + timedelta(minutes=5)
