"""Which thresholds of a pipeline a run has passed, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.errors import shorten
from domain.messages import Measured
from domain.pipeline.quality import Quality
from domain.quality import ColumnMeasure, Gathered

MOST_WARNINGS = 20
LONGEST_WARNING = 300


@dataclass(frozen=True)
class QualityWarning:
    """A threshold that was passed: `column` is None for the run as a whole; `excess` tells by how
    many times."""

    column: str | None
    text: str
    excess: float


def judge(
    gathered: Gathered,
    measures: Sequence[ColumnMeasure],
    quality: Quality,
    *,
    rows_scored: int,
    rows_rejected: int,
) -> list[QualityWarning]:
    """What is worth a warning, the gravest first."""
    found = [one for measure in measures for one in _of_column(measure, quality)]
    rows = rows_scored + rows_rejected
    rejected = rows_rejected / rows if rows else 0.0
    if quality.rejected is not None and rejected > quality.rejected:
        text = f"{_percent(rejected)} of the rows are rejected, above {_percent(quality.rejected)}"
        found.append(QualityWarning(None, text, _times(rejected, quality.rejected)))
    if gathered.unusable:
        named = "; ".join(shorten(one, LONGEST_WARNING).strip("'\"") for one in gathered.named)
        text = f"quality notes that cannot be used: {gathered.unusable}; {named}"
        found.append(QualityWarning(None, text, math.inf))
    return sorted(found, key=lambda one: (-one.excess, one.column or ""))


def summary(
    gathered: Gathered,
    measures: Sequence[ColumnMeasure],
    quality: Quality,
    warnings: Sequence[QualityWarning],
) -> Measured:
    """What the ledger keeps of it: small, whatever the run."""
    judged = [m for m in measures if m.psi is not None and m.values >= quality.min_rows]
    worst = max(judged, key=lambda m: m.psi or 0.0, default=None)
    shares = [m.share_true for m in measures if m.role == "output" and m.share_true is not None]
    told = [one.text for one in warnings[:MOST_WARNINGS]]
    if len(warnings) > MOST_WARNINGS:
        told.append(f"and {len(warnings) - MOST_WARNINGS} more")
    return Measured(
        columns=len({m.column_name for m in measures}),
        notes=gathered.notes,
        notes_missing=gathered.missing,
        anomaly_share=max(shares, default=None),
        worst_psi=worst.psi if worst else None,
        worst_column=worst.column_name if worst else None,
        warnings=tuple(told),
    )


def _of_column(measure: ColumnMeasure, quality: Quality) -> Iterator[QualityWarning]:
    name, model = measure.column_name, f"model {measure.model_version}"
    limit = quality.psi_of(name)
    if (
        limit is not None
        and measure.psi is not None
        and measure.values >= quality.min_rows
        and measure.psi > limit
    ):
        text = f"`{name}` has drifted from the training data: PSI {measure.psi:.3g}, above "
        yield QualityWarning(name, f"{text}{limit:g} ({model})", measure.psi / limit)
    limit = quality.nulls_of(name)
    if limit is not None and measure.share_null > limit:
        text = f"`{name}` is missing in {_percent(measure.share_null)} of the rows, above "
        text += f"{_percent(limit)} ({model})"
        yield QualityWarning(name, text, _times(measure.share_null, limit))
    limit, share = quality.anomalies, measure.share_true
    if limit is not None and measure.role == "output" and share is not None and share > limit:
        text = f"`{name}` is true in {_percent(share)} of the rows, above {_percent(limit)}"
        if measure.expected_true is not None:
            text += f"; {_percent(measure.expected_true)} in the training data"
        yield QualityWarning(name, f"{text} ({model})", _times(share, limit))


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


def _times(share: float, limit: float) -> float:
    return share / limit if limit else math.inf
