"""What became of the stream: its two ends side by side, and whether they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from demo.data import Data
from demo.evaluation import Evaluation
from demo.run_state import RunState
from demo.streaming.intervals import IntervalState
from demo.streaming.latency import Latency, latency
from demo.streaming.sent import Sent
from domain.pipeline import Pipeline
from simulate import Summary

EQUATION = "events_sent = landed + quarantined"


@dataclass(frozen=True)
class StreamOutcome:
    """A stream that was sent and collected.

    `told` is what the sender tells, `sent` what it did window by window; `runs` are the newest ones
    of `intervals`; `quarantined` counts events by reason; `scores` are the rows of these runs, with
    `scored_at`.
    """

    pipeline: Pipeline
    data: Data
    model: Mapping[str, Any]
    told: Summary
    sent: Sent
    intervals: tuple[IntervalState, ...]
    runs: tuple[RunState, ...]
    quarantined: Mapping[str, int]
    scores: pd.DataFrame
    evaluation: Evaluation

    def count(self, name: str) -> int:
        """One of the runs' counts, summed up."""
        return sum(run.count(name) for run in self.runs)

    @property
    def landed(self) -> int:
        """Events that the newest runs have read; what was delivered again counts once."""
        return self.count("events_read")

    @property
    def in_quarantine(self) -> int:
        """Events that are in the quarantine."""
        return sum(self.quarantined.values())

    @property
    def all_runs(self) -> int:
        """How many runs there were: revisions count from 1."""
        return sum(interval.revision for interval in self.intervals)

    @property
    def revisions(self) -> int:
        """How many of the runs scored an interval again."""
        return self.all_runs - len(self.runs)

    @property
    def latency(self) -> Latency | None:
        """From a window's last event to its row in SQL."""
        return latency(self.sent.last_sent, self.scores)

    @property
    def accounted_for(self) -> bool:
        """Whether the equation holds, exactly."""
        return self.told.sent == self.landed + self.in_quarantine

    @property
    def proof(self) -> str:
        """The equation with its numbers."""
        sign = "=" if self.accounted_for else "is not"
        return (
            f"{self.told.sent:,} events sent {sign} {self.landed:,} landed "
            f"+ {self.in_quarantine:,} quarantined"
        )

    @property
    def problems(self) -> list[str]:
        """What does not add up, a sentence each; none if all is well."""
        found = [] if self.accounted_for else [self.proof]
        if self.told.abandoned:
            found.append(f"{self.told.abandoned:,} events were due and not sent")
        windows, rows = self.count("windows"), self.count("rows_in_sql")
        rejected, sent = self.count("rows_rejected"), len(self.sent.last_sent)
        if windows != sent:
            found.append(f"{windows:,} windows were computed of {sent:,} that were sent")
        if windows != rows + rejected:
            found.append(f"{windows:,} windows are not {rows:,} in SQL + {rejected:,} rejected")
        if rows != len(self.scores):
            found.append(f"SQL has {len(self.scores):,} rows where the runs tell {rows:,}")
        bad = [run for run in self.runs if not run.is_good]
        found += [f"run {run.run_id} is {run.status}, not reconciled" for run in bad]
        found += [f"run {run.run_id}: {error}" for run in bad for error in run.errors]
        return found

    @property
    def is_good(self) -> bool:
        """Whether all that was sent is accounted for, and every run is proven."""
        return bool(self.runs) and not self.problems


def stream_summary(outcome: StreamOutcome) -> dict[str, Any]:
    """The section `stream` of `summary.json`."""
    told, evaluation, seconds = outcome.told, outcome.evaluation, outcome.latency
    return {
        "pipeline": outcome.pipeline.name,
        "from": outcome.data.start.isoformat(),
        "to": outcome.data.end.isoformat(),
        "model_version": outcome.model.get("version"),
        "events_sent": told.sent,
        "events_by_kind": dict(told.kinds),
        "readings_sent": told.readings,
        "requests_resent": told.resent,
        "landed": outcome.landed,
        "duplicates_removed": outcome.count("events_duplicate"),
        "redelivered": outcome.count("events_redelivered"),
        "late": outcome.count("events_late"),
        "quarantined": outcome.in_quarantine,
        "quarantine_reasons": dict(outcome.quarantined),
        "equation": EQUATION,
        "accounted_for": outcome.accounted_for,
        "windows": outcome.count("windows"),
        "rows_in_sql": outcome.count("rows_in_sql"),
        "rows_rejected": outcome.count("rows_rejected"),
        "runs": outcome.all_runs,
        "revisions": outcome.revisions,
        "intervals": [
            _interval(*pair) for pair in zip(outcome.intervals, outcome.runs, strict=True)
        ],
        "anomalies": int(outcome.scores["is_anomaly"].sum()),
        "injected_faults": len(outcome.data.faults),
        "detected_faults": evaluation.detected,
        "false_alarm_rate": evaluation.false_alarm_rate,
        "latency_s": None if seconds is None else seconds.as_json(),
        "problems": outcome.problems,
    }


def _interval(interval: IntervalState, run: RunState) -> dict[str, Any]:
    return {
        "interval": interval.label,
        "run_id": run.run_id,
        "revision": interval.revision,
        "status": run.status,
        "reconciled": run.reconciled,
        "events_read": run.count("events_read"),
        "windows": run.count("windows"),
        "rows_in_sql": run.count("rows_in_sql"),
        "facts": dict(run.facts.told),
    }
