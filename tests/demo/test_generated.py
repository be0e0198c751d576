"""Made-up data for a run: two days in the lake, one to learn from, one to score."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from demo.errors import UsageError
from demo.generated import check_pipeline, generate
from domain.pipeline.source import DATE_FIELDS
from tests.demo.builders import MIDNIGHT, fleet_pipeline, small_pipeline
from tests.demo.recorder import NotedLake, NotedStep


def test_two_days_are_put_where_the_pipeline_looks(tmp_path: Path) -> None:
    """48 hour files, at paths that the pipeline's own pattern covers."""
    lake, step, pipeline = NotedLake(), NotedStep(), fleet_pipeline()
    data = generate(
        pipeline,
        day=MIDNIGHT.date(),
        events=10_000,
        seed=1,
        folder=tmp_path,
        lake=lake,  # type: ignore[arg-type]
        step=step,
    )
    assert len(lake.paths) == 48
    assert lake.paths[0] == "raw/fleet/date=2026-01-09/hour=00.parquet"
    pattern = pipeline.source.path  # type: ignore[union-attr]
    for field, code in DATE_FIELDS.items():
        pattern = pattern.replace(f"{{{field}}}", MIDNIGHT.strftime(code))
    assert Path(lake.paths[-1]).match(pattern)
    assert (data.start, data.end) == (MIDNIGHT, MIDNIGHT + timedelta(days=1))
    assert (data.events, data.input) == (10_000, None)
    assert step.said[-1] == "20,000 of 20,000 readings"
    assert len(data.faults) == 3


def test_the_training_day_is_the_day_before_and_has_all_windows(tmp_path: Path) -> None:
    """Every sensor has a window every five minutes, and none reaches into the scored day."""
    data = generate(
        fleet_pipeline(),
        day=MIDNIGHT.date(),
        events=10_000,
        seed=1,
        folder=tmp_path,
        lake=NotedLake(),  # type: ignore[arg-type]
        step=NotedStep(),
    )
    assert len(data.training) == 10 * 288
    assert data.training["window_end"].min() == MIDNIGHT - timedelta(hours=23, minutes=55)
    assert data.training["window_end"].max() == MIDNIGHT


def test_made_up_data_fit_one_pipeline_only() -> None:
    """A pipeline over other columns needs a file of its own."""
    check_pipeline(fleet_pipeline())
    with pytest.raises(UsageError, match="no made-up data for pipeline 'small': give a file"):
        check_pipeline(small_pipeline())
