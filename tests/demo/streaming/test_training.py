"""What the stream's model learns from: the fleet before the stream, at several rates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from demo.streaming.plan import stream_plan
from demo.streaming.training import LENGTH, stream_training
from tests.demo.builders import MIDNIGHT
from tests.demo.streams import stream_pipeline


def test_every_window_is_there_at_every_rate(tmp_path: Path) -> None:
    """Usual, the burst's and one in between, one after the other, none in the stream's own time."""
    pipeline = stream_pipeline()
    plan = replace(stream_plan(pipeline, 7, MIDNIGHT), devices=2, rate=100.0)
    windows = stream_training(plan, pipeline, tmp_path / "new")
    assert windows["window_end"].max() == plan.start
    assert windows["window_end"].min() > plan.start - 3 * LENGTH
    minutes = int(LENGTH.total_seconds() // 60)
    assert len(windows) == 2 * plan.sensors * 3 * minutes
    usual = 60 / plan.gap_s
    age = (plan.start - windows["window_end"]) // LENGTH
    counts = windows.groupby(age.rename("age"))["value_count"].median()
    factor = plan.bursts[0].factor
    expected = pd.Series([1.0, factor**0.5, factor]) * usual
    assert (counts.to_numpy() - expected.to_numpy()).tolist() == [0.0, 0.0, 0.0]
