"""Small pipelines, scores and outcomes for the demo's tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from demo.data import Data
from demo.evaluation import evaluate
from demo.outcome import Outcome
from demo.pipelines import read_pipeline
from demo.run_facts import RunFacts
from demo.run_state import RunState
from domain.pipeline import Pipeline, parse_pipeline
from domain.quality import ColumnMeasure
from simulate.faults import Fault

ROOT = Path(__file__).parents[2]
MIDNIGHT = datetime(2026, 1, 10, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)


def fleet_pipeline() -> Pipeline:
    """The pipeline that the demo runs by default."""
    return read_pipeline("fleet_health", ROOT / "pipelines")


def small_pipeline(**sections: Any) -> Pipeline:
    """A pipeline over `t, who, x`, with some sections of its own."""
    return parse_pipeline(
        {
            "name": "small",
            "source": {
                "kind": "files",
                "path": "raw/small/*.parquet",
                "timestamp": "t",
                "key": ["who"],
            },
            "windows": {"kind": "tumbling", "size": "5m"},
            "aggregates": {"x_mean": {"function": "mean", "column": "x"}},
            "model": {"endpoint": "anomaly"},
            "output": {
                "table": "small_scores",
                "columns": {"score": "float", "threshold": "float", "is_anomaly": "boolean"},
            },
            **sections,
        }
    )


def make_fault(start_min: int, end_min: int, **changes: Any) -> Fault:
    """A fault of `device-001 heat`, by minutes after midnight."""
    facts = {"index": 0, "device": "device-001", "sensor": "heat", "kind": "shift", "strength": 7.0}
    start = MIDNIGHT + timedelta(minutes=start_min)
    return Fault(**(facts | changes), start=start, end=MIDNIGHT + timedelta(minutes=end_min))  # type: ignore[arg-type]


def make_scores(flagged: dict[tuple[str, str], list[int]], hours: int = 2) -> pd.DataFrame:
    """Scores of four keys, flagged in the windows that end at the given minutes of the day."""
    ends = pd.date_range(MIDNIGHT + FIVE_MINUTES, periods=12 * hours, freq="5min", unit="us")
    frames = []
    for device in ("device-001", "device-002"):
        for sensor in ("heat", "speed"):
            minutes = flagged.get((device, sensor), [])
            hit = np.isin(ends, [MIDNIGHT + timedelta(minutes=m) for m in minutes])
            frame = pd.DataFrame({"device": device, "sensor": sensor, "window_end": ends})
            frames.append(
                frame.assign(score=np.where(hit, 30.0, 2.0), threshold=6.0, is_anomaly=hit)
            )
    return pd.concat(frames).sort_values(["window_end", "device", "sensor"], ignore_index=True)


FACTS: dict[str, Any] = {
    "deployment": "fleet",
    "sizing": {"rows_per_part": 100, "parts_per_chunk": 4, "why": "100 rows x 4 parts, as told"},
    "quality": {
        "columns": 3,
        "notes": 2,
        "notes_missing": 0,
        "anomaly_share": 0.0125,
        "worst_psi": 0.4123,
        "worst_column": "value_std",
        "warnings": ["`value_std` has drifted: PSI 0.412, above 0.25"],
    },
    "cost": {
        "jobs": 2,
        "node_seconds": 1234.56,
        "cost": 0.0994,
        "currency": "USD",
        "why": "2 jobs used 0.343 node hours at 0.29 USD (dedicated)",
    },
}
"""What the app tells of a run whose data have drifted."""

COLUMNS = (
    ColumnMeasure("value_mean", "feature", "v1", 96, 0, -2.0, 1234567.0, 4.25, 0.1),
    ColumnMeasure("value_std", "feature", "v1", 9_600, 7, 0.0, 9.5, 0.65, 0.4123),
    ColumnMeasure(
        "is_anomaly", "output", "v1", 9_600, 0, psi=0.0, share_true=0.0125, expected_true=0.001
    ),
    ColumnMeasure("score", "output", "v1", 9_600, 0, 0.5, 73.5, 2.0, 5e-4, p50=1.5, p90=3, p99=8),
)
"""The columns that fit FACTS: one has too few values to be judged, one has drifted."""


def make_outcome(faults: list[Fault], scores: pd.DataFrame, **changes: Any) -> Outcome:
    """An outcome of a run that completed and reconciled."""
    rows = len(scores)
    counts = dict.fromkeys(("windows", "rows_scored", "rows_in_sql"), rows)
    run = RunState(
        run_id="fleet_health-1",
        pipeline="fleet_health",
        status="Completed",
        stage="ended",
        counts={"events_read": 12_345, "events_quarantined": 3, "jobs_submitted": 2, **counts},
        chunks={"scored": 2},
        seconds={"aggregating": 1.5, "scoring": 6.25, "total": 8.0},
        reconciled=True,
        facts=RunFacts(FACTS),
    )
    facts: dict[str, Any] = {
        "pipeline": fleet_pipeline(),
        "data": Data(MIDNIGHT, MIDNIGHT + timedelta(hours=2), 12_345, pd.DataFrame(), faults),
        "model": {"name": "fleet", "version": "20260110-abc", "trained": {"keys": 4}},
        "run": run,
        "scores": scores,
        "evaluation": evaluate(scores, faults, FIVE_MINUTES),
        "seconds": {"start_stand_in": 2.0, "run": 9.5},
        "columns": COLUMNS,
    }
    return Outcome(**(facts | changes))
