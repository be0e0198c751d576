"""The report's tables: what was wrong and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from demo.evaluation import Finding
from demo.outcome import Outcome

MOST_ANOMALIES = 30


@dataclass(frozen=True)
class Badge:
    """A cell that is a coloured word: `yes`, `no` or `kind`."""

    css: str
    text: str


@dataclass(frozen=True)
class Picture:
    """A cell that is HTML already."""

    html: str


Row = Sequence[str | Badge | Picture]


def faults_table(findings: Sequence[Finding]) -> str:
    """Every fault that was made, and what the model saw of it."""
    rows: list[Row] = []
    for finding in findings:
        fault, delay = finding.fault, finding.delay_s
        rows.append(
            [
                f"{fault.start:%H:%M} to {fault.end:%H:%M}",
                fault.device,
                fault.sensor,
                Badge("kind", fault.kind),
                f"{finding.flagged} of {finding.windows}",
                "" if delay is None else _delay(delay),
                f"{finding.peak:,.1f} \u00d7",
                Badge("yes", "detected") if finding.detected else Badge("no", "missed"),
            ]
        )
    head = ["when (UTC)", "device", "sensor", "fault", "windows flagged", "after", "peak", ""]
    return html_table(head, rows)


def anomalies_table(outcome: Outcome) -> str:
    """The windows that stand out most."""
    keys = list(outcome.pipeline.keys)
    flagged = outcome.scores[outcome.scores["is_anomaly"]]
    flagged = flagged.assign(peak=flagged["score"] / flagged["threshold"])
    rows: list[Row] = [
        [
            f"{row['window_end']:%Y-%m-%d %H:%M}",
            *(str(row[key]) for key in keys),
            f"{row['score']:.2f}",
            f"{row['threshold']:.2f}",
            f"{row['peak']:,.1f} \u00d7",
        ]
        for row in flagged.nlargest(MOST_ANOMALIES, "peak").to_dict("records")
    ]
    if not rows:
        return "<p>No window was above its threshold: every key behaved like itself.</p>"
    return html_table(["window end (UTC)", *keys, "score", "threshold", "peak"], rows)


def errors_list(errors: Sequence[str]) -> str:
    """A section on what went wrong, or nothing."""
    if not errors:
        return ""
    items = "".join(f"<li>{escape(error)}</li>" for error in errors)
    return f'<section><h2>What went wrong</h2><ul class="errors">{items}</ul></section>'


def html_table(head: Sequence[str], rows: Sequence[Row]) -> str:
    """A table of text, badges and pictures."""
    cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{cells}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _delay(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _cell(cell: str | Badge | Picture) -> str:
    if isinstance(cell, Picture):
        return f"<td>{cell.html}</td>"
    if isinstance(cell, Badge):
        return f'<td><span class="badge {cell.css}">{escape(cell.text)}</span></td>'
    return f"<td>{escape(cell)}</td>"
