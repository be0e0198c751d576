"""The report's section on what the run's data looked like, and on what its jobs used."""

from __future__ import annotations

from html import escape

from demo.outcome import Outcome
from demo.report.psi_bar import psi_bar
from demo.report.tables import Badge, Picture, Row, html_table
from demo.run_facts import RunFacts, cost_in_words, drift_in_words
from domain.pipeline.quality import Quality
from domain.quality import ColumnMeasure

PSI = (
    "The population stability index (PSI) tells how far a column's values have drifted from those "
    "that the model was trained on: up to 0.1 is commonly called no change, from 0.25 a major one."
)
LEGEND = "The dashed line is the threshold of a warning."
HEAD = ["column", "role", "PSI", "rows", "missing"]
HEAD += ["min", "mean", "max", "p50", "p90", "p99", "true"]


def quality_section(outcome: Outcome) -> str:
    """The section, or nothing if the run ended before anything of it was known."""
    facts, columns = outcome.run.facts, outcome.columns
    used = _used(facts)
    if not columns and not used:
        return ""
    quality = outcome.pipeline.quality
    body = "<p>No column was measured.</p>"
    if columns:
        several = len({column.model_version for column in columns}) > 1
        rows = [_row(column, quality, several=several) for column in columns]
        head = [*HEAD, "model"] if several else HEAD
        body = f'<p class="note">{PSI}{_worst(facts)} {LEGEND}</p>{html_table(head, rows)}'
    return (
        f"<section><h2>Quality and drift</h2>{_warnings(facts)}{body}{_rejected(facts)}{used}"
        "</section>"
    )


def _worst(facts: RunFacts) -> str:
    measured = facts.measured
    return "" if measured is None else escape(f" The worst here: {drift_in_words(measured)}.")


def _row(column: ColumnMeasure, quality: Quality, *, several: bool) -> Row:
    limit = quality.psi_of(column.column_name)
    judged = column.values >= quality.min_rows
    return [
        column.column_name,
        Badge("kind", column.role),
        "" if column.psi is None else Picture(psi_bar(column.psi, limit, judged=judged)),
        f"{column.rows:,}",
        f"{column.nulls:,}",
        *map(_number, (column.minimum, column.mean, column.maximum)),
        *map(_number, (column.p50, column.p90, column.p99)),
        _true(column),
        *([column.model_version] if several else []),
    ]


def _true(column: ColumnMeasure) -> str:
    """Such as `0.47% (0.07% in training)`."""
    if column.share_true is None:
        return ""
    expected = column.expected_true
    then = "" if expected is None else f" ({expected:.2%} in training)"
    return f"{column.share_true:.2%}{then}"


def _number(value: float | None) -> str:
    """Four digits; those before the point in any case."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _warnings(facts: RunFacts) -> str:
    items = "".join(f"<li>{escape(warning)}</li>" for warning in facts.warnings)
    return f'<ul class="warnings">{items}</ul>' if items else ""


def _rejected(facts: RunFacts) -> str:
    kinds = ", ".join(f"{rows:,} {kind}" for kind, rows in facts.rejected.items())
    return f'<p class="note">Rejected rows: {escape(kinds)}.</p>' if kinds else ""


def _used(facts: RunFacts) -> str:
    """What the run used, and why its jobs were as large as they were."""
    told = []
    if facts.metered is not None:
        cost = cost_in_words(facts.metered)
        used = f"{facts.metered.node_seconds:,.1f} node-seconds"
        told.append(f"{used}{f', {cost}' if cost else ''}: {facts.metered.why}.")
    if facts.sized is not None:
        told.append(f"Sizes: {facts.sized.why}.")
    if told and facts.deployment:
        told.insert(0, f"Deployment {facts.deployment}:")
    return f'<p class="note">{escape(" ".join(told))}</p>' if told else ""
