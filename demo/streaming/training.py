"""What the stream's model learns from: the same fleet in the hours before, with nothing wrong.

At several rates, from the usual one to that of the burst: more readings than usual are no fault of
a sensor, and a model that has never seen them would take them for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd

from demo.training_windows import training_windows
from domain.pipeline import Pipeline
from simulate import Plan, healthy

LENGTH = timedelta(minutes=30)
"""So much time at each rate."""


def stream_training(plan: Plan, pipeline: Pipeline, folder: Path) -> pd.DataFrame:
    """The windows of the plan's fleet before its stream starts, without faults.

    As `training_windows`; the readings lie in `folder` meanwhile.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files, end = [], plan.start
    for number, rate in enumerate(_rates(plan)):
        readings = pd.DataFrame(healthy(plan, end - LENGTH, end, plan.gap_s / rate))
        readings["ts"] = readings["ts"].dt.tz_localize("UTC")
        files.append(folder / f"part-{number:03d}.parquet")
        readings.to_parquet(files[-1], index=False)
        end -= LENGTH
    return training_windows(pipeline, files)


def _rates(plan: Plan) -> Iterator[float]:
    """Multiples of the usual rate: once, and for each burst its own and one in between."""
    yield 1.0
    for burst in plan.bursts:
        yield from (burst.factor**0.5, burst.factor)
