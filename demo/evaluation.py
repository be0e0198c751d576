"""How good the scores are, since the demo knows which faults it made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from simulate.faults import Fault


@dataclass(frozen=True)
class Finding:
    """A fault, and what became of it: windows (end - size, end] that overlap it, and how many of
    them were flagged; the end of the first flagged one; the highest score over its threshold."""

    fault: Fault
    windows: int
    flagged: int
    first_flagged: datetime | None
    peak: float

    @property
    def detected(self) -> bool:
        """Whether at least one overlapping window was flagged."""
        return self.flagged > 0

    @property
    def delay_s(self) -> float | None:
        """Seconds from the fault's start to the end of the first flagged window."""
        if self.first_flagged is None:
            return None
        return (self.first_flagged - self.fault.start).total_seconds()


@dataclass(frozen=True)
class Evaluation:
    """All findings, and the share of windows flagged though no fault of their key overlaps them.

    The rate is None if no fault was made: then nobody knows what a false alarm is.
    """

    findings: tuple[Finding, ...] = ()
    false_alarm_rate: float | None = None

    @property
    def detected(self) -> int:
        """How many faults were detected."""
        return sum(finding.detected for finding in self.findings)


def evaluate(scores: pd.DataFrame, faults: Sequence[Fault], size: timedelta) -> Evaluation:
    """Compares scores (device, sensor, window_end, score, threshold, is_anomaly) with `faults`.

    `size` is the windows' length.
    """
    if not faults:
        return Evaluation()
    inside = np.zeros(len(scores), dtype=bool)
    findings = []
    for fault in faults:
        hit = overlapping(scores, fault, size)
        inside |= hit
        findings.append(_finding(fault, scores[hit]))
    outside = scores["is_anomaly"].to_numpy(dtype=bool)[~inside]
    return Evaluation(tuple(findings), float(outside.mean()) if len(outside) else 0.0)


def overlapping(scores: pd.DataFrame, fault: Fault, size: timedelta) -> np.ndarray:
    """Which windows of the fault's key overlap it: (rows,), bool."""
    end = scores["window_end"]
    same_key = (scores["device"] == fault.device) & (scores["sensor"] == fault.sensor)
    hit: np.ndarray = (same_key & (end >= fault.start) & (end - size < fault.end)).to_numpy(
        dtype=bool
    )
    return hit


def _finding(fault: Fault, windows: pd.DataFrame) -> Finding:
    flagged = windows[windows["is_anomaly"]]
    ratio = windows["score"] / windows["threshold"]
    return Finding(
        fault=fault,
        windows=len(windows),
        flagged=len(flagged),
        first_flagged=flagged["window_end"].min().to_pydatetime() if len(flagged) else None,
        peak=float(ratio.max()) if ratio.notna().any() else 0.0,
    )
