"""Puts the report together: template, style sheet, pictures, numbers and tables."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

from demo.outcome import Outcome
from demo.pipelines import grid_of
from demo.report.key_chart import key_chart
from demo.report.numbers import headline, path_of_data, reconciliation, seconds_bars
from demo.report.overview_chart import overview_chart, spoken
from demo.report.quality_section import quality_section
from demo.report.stream_section import stream_section
from demo.report.tables import anomalies_table, errors_list, faults_table
from simulate.faults import Fault

HERE = Path(__file__).parent
MOST_CHARTS = 6
LEARNED = "The shaded part is what the model learned from."


def report_html(outcome: Outcome) -> str:
    """The whole report as one HTML document that loads nothing."""
    run, data = outcome.run, outcome.data
    has_faults = bool(data.faults)
    template = Template((HERE / "template.html").read_text(encoding="utf-8"))
    return template.substitute(
        style=(HERE / "style.css").read_text(encoding="utf-8"),
        title=escape(outcome.pipeline.name),
        description=escape(outcome.pipeline.description),
        run_id=escape(run.run_id),
        status=escape(run.status),
        status_css="yes" if run.is_good else "no",
        span=f"{data.start:%Y-%m-%d %H:%M} to {data.end:%Y-%m-%d %H:%M} UTC",
        model=escape(f"{outcome.model.get('name')} {outcome.model.get('version')}"),
        cards=headline(outcome),
        errors=errors_list(run.errors),
        path=path_of_data(outcome),
        reconciliation=reconciliation(outcome),
        overview=overview_chart(outcome),
        overview_note=_overview_note(has_faults),
        learned="" if data.learned_until is None else LEARNED,
        charts="".join(_chart(outcome, key) for key in chosen_keys(outcome)),
        table_title="Faults" if has_faults else "Anomalies",
        table=faults_table(outcome.evaluation.findings) if has_faults else anomalies_table(outcome),
        quality=quality_section(outcome),
        stream=stream_section(outcome.stream),
        seconds=seconds_bars(outcome),
    )


def chosen_keys(outcome: Outcome) -> list[tuple[str, ...]]:
    """The keys worth a picture of their own: a fault of each kind, what was missed, the highest."""
    keys = list(outcome.pipeline.keys)
    missed_first = sorted(outcome.evaluation.findings, key=lambda finding: finding.detected)
    kinds = {f.fault.kind: (f.fault.device, f.fault.sensor) for f in reversed(missed_first)}
    scores = outcome.scores
    ratio = scores["score"] / scores["threshold"]
    peaks = ratio.groupby([scores[key] for key in keys]).max().sort_values(ascending=False)
    highest = [key if isinstance(key, tuple) else (key,) for key in peaks.index]
    return list(dict.fromkeys([*sorted(kinds.values()), *highest]))[:MOST_CHARTS]


def _chart(outcome: Outcome, key: Sequence[str]) -> str:
    scores, names = outcome.scores, list(outcome.pipeline.keys)
    mine = (scores[names] == list(key)).all(axis=1)
    faults = [f for f in outcome.data.faults if (f.device, f.sensor) == tuple(key)]
    title = " · ".join(spoken(name, text) for name, text in zip(names, key, strict=True))
    step = grid_of(outcome.pipeline).hop_length
    chart = key_chart(scores[mine], faults, outcome.data, step, title)
    return (
        f"<figure><figcaption><b>{escape(title)}</b>{''.join(map(_fault, faults))}</figcaption>"
        f"{chart}</figure>"
    )


def _fault(fault: Fault) -> str:
    return (
        f'<span class="badge kind">{escape(fault.kind)}</span>'
        f"<small>{fault.start:%H:%M} to {fault.end:%H:%M}</small>"
    )


def _overview_note(has_faults: bool) -> str:
    flagged = '<span class="key flag"></span>flagged windows'
    if not has_faults:
        return f"One row per key. {flagged}."
    return (
        f'One row per key. <span class="key fault"></span>faults that were made, {flagged} '
        'during a fault, <span class="key stray"></span>flagged without one.'
    )
