"""All that the demo found out: what the summary and the report are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from demo.data import Data
from demo.evaluation import Evaluation
from demo.run_state import RunState
from domain.pipeline import Pipeline

COUNTS = (
    "events_read",
    "events_quarantined",
    "windows",
    "chunks",
    "jobs_submitted",
    "rows_scored",
    "rows_rejected",
    "rows_in_sql",
)


@dataclass(frozen=True)
class Outcome:
    """A run that ended, its scores, and how they compare with the faults that were made.

    `seconds` are the demo's own, by step; `model` is the model's description of itself.
    """

    pipeline: Pipeline
    data: Data
    model: Mapping[str, Any]
    run: RunState
    scores: pd.DataFrame
    evaluation: Evaluation
    seconds: Mapping[str, float]

    @property
    def all_seconds(self) -> dict[str, float]:
        """The demo's steps, the stages of the run among them (as `run.STAGE`), and the total."""
        stages = {f"run.{n}": round(s, 2) for n, s in self.run.seconds.items() if n != "total"}
        return {**self.seconds, **stages, "total": round(sum(self.seconds.values()), 2)}


def summary(outcome: Outcome) -> dict[str, Any]:
    """What `summary.json` holds."""
    run, evaluation = outcome.run, outcome.evaluation
    return {
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        "status": run.status,
        "reconciled": run.reconciled,
        "from": outcome.data.start.isoformat(),
        "to": outcome.data.end.isoformat(),
        "model_version": outcome.model.get("version"),
        **{name: run.count(name) for name in COUNTS},
        "chunks": run.all_chunks,
        "anomalies": int(outcome.scores["is_anomaly"].sum()),
        "injected_faults": len(outcome.data.faults),
        "detected_faults": evaluation.detected,
        "false_alarm_rate": evaluation.false_alarm_rate,
        "errors": list(run.errors),
        "seconds": outcome.all_seconds,
    }
