"""All that the demo found out: what the summary and the report are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from demo.data import Data
from demo.evaluation import Evaluation
from demo.run_state import RunState
from demo.streaming.outcome import StreamOutcome, stream_summary
from domain.pipeline import Pipeline
from domain.quality import ColumnMeasure

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


class Scored(Protocol):
    """Scores of a pipeline, and what is known of their data: either act's outcome."""

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline."""

    @property
    def data(self) -> Data:
        """The data that were scored."""

    @property
    def scores(self) -> pd.DataFrame:
        """The rows in SQL."""


@dataclass(frozen=True)
class Outcome:
    """A run that ended, its scores, and how they compare with the faults that were made.

    `seconds` are the demo's own, by step; `model` is the model's description of itself; `stream`
    is the second act's outcome, if it was played; `columns` are what the run's quality was measured
    of.
    """

    pipeline: Pipeline
    data: Data
    model: Mapping[str, Any]
    run: RunState
    scores: pd.DataFrame
    evaluation: Evaluation
    seconds: Mapping[str, float]
    stream: StreamOutcome | None = None
    columns: Sequence[ColumnMeasure] = ()

    @property
    def is_good(self) -> bool:
        """Whether the run is, and the stream, if there was one."""
        return self.run.is_good and (self.stream is None or self.stream.is_good)

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
        "facts": dict(run.facts.told),
        "seconds": outcome.all_seconds,
        **({} if outcome.stream is None else {"stream": stream_summary(outcome.stream)}),
    }
