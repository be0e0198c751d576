"""The report's section on the stream: its path, the burst, what was flagged, and the proof."""

from __future__ import annotations

from datetime import timedelta
from html import escape

from demo.report.numbers import steps_list
from demo.report.overview_chart import overview_chart
from demo.report.stream_chart import stream_chart
from demo.report.tables import Badge, Row, faults_table, html_table
from demo.streaming.outcome import StreamOutcome
from demo.streaming.plan import stream_of
from demo.streaming.sent import SLOT_S

LEGEND = (
    'One row per key. <span class="key fault"></span>faults that were made, '
    '<span class="key flag"></span>flagged windows during a fault, '
    '<span class="key stray"></span>flagged without one.'
)


def stream_section(outcome: StreamOutcome | None) -> str:
    """The section, or nothing if there was no stream."""
    if outcome is None:
        return ""
    data, slot = outcome.data, timedelta(seconds=SLOT_S)
    every: timedelta = stream_of(outcome.pipeline).score_every
    across = (data.start, data.end)
    return (
        f"<section><h2>The stream</h2>"
        f'<p class="note">{_lead(outcome)}</p>'
        f'<ol class="path">{_path(outcome)}</ol>'
        f'<p class="note">{_proof(outcome)}</p>'
        f"{_problems(outcome)}"
        f'<p class="note">Events that arrived, by {SLOT_S} seconds of stream time. Intervals end '
        f"at the dashed line and at the right edge.</p>"
        f"{stream_chart(outcome.sent.slots, slot, across, every)}"
        f'<p class="note">{LEGEND}</p>'
        f"{overview_chart(outcome)}"
        f"<h3>Intervals</h3>{_intervals(outcome)}"
        f"<h3>Faults</h3>{faults_table(outcome.evaluation.findings)}"
        f"<h3>Quarantine</h3>{_quarantine(outcome)}</section>"
    )


def _lead(outcome: StreamOutcome) -> str:
    data, told, seconds = outcome.data, outcome.told, outcome.latency
    lead = (
        f"Pipeline {escape(outcome.pipeline.name)}: {data.start:%H:%M} to {data.end:%H:%M} UTC, "
        f"streamed in {told.seconds:.0f} seconds, {told.per_s:,.0f} events a second."
    )
    if seconds is not None:
        lead += (
            f" From a window's last event to its row in SQL: {seconds.p50:.1f} s in the middle, "
            f"{seconds.p99:.1f} s for 99 of 100, {seconds.max:.1f} s at most."
        )
    return lead


def _path(outcome: StreamOutcome) -> str:
    duplicates, late = outcome.count("events_duplicate"), outcome.count("events_late")
    rejected, again = outcome.count("rows_rejected"), outcome.revisions
    return steps_list(
        [
            ("Event Hub", f"{outcome.told.sent:,}", "events sent", ""),
            ("landing", f"{outcome.landed:,}", f"events, {late:,} of them late",
             f"{outcome.in_quarantine:,} quarantined"),
            ("aggregation", f"{outcome.count('windows'):,}", "windows",
             f"{duplicates:,} duplicates"),
            ("runs", f"{outcome.all_runs:,}", f"{again:,} of them again", ""),
            ("SQL", f"{outcome.count('rows_in_sql'):,}", "rows",
             f"{rejected:,} rejected" if rejected else ""),
        ]
    )  # fmt: skip


def _proof(outcome: StreamOutcome) -> str:
    good = outcome.accounted_for
    css, word = ("yes", "accounted for") if good else ("no", "does not add up")
    return f'<span class="badge {css}">{word}</span> {escape(outcome.proof)}'


def _problems(outcome: StreamOutcome) -> str:
    items = "".join(f"<li>{escape(problem)}</li>" for problem in outcome.problems)
    return f'<ul class="errors">{items}</ul>' if items else ""


def _intervals(outcome: StreamOutcome) -> str:
    rows: list[Row] = [
        [
            interval.label,
            f"{run.count('events_read'):,}",
            f"{run.count('events_late'):,}",
            f"{run.count('windows'):,}",
            f"{run.count('rows_in_sql'):,}",
            f"{interval.revision}",
            Badge("yes" if run.is_good else "no", run.status),
        ]
        for interval, run in zip(outcome.intervals, outcome.runs, strict=True)
    ]
    head = ["interval", "events", "late", "windows", "rows in SQL", "revision", "newest run"]
    return html_table(head, rows)


def _quarantine(outcome: StreamOutcome) -> str:
    rows: list[Row] = [[reason, f"{events:,}"] for reason, events in outcome.quarantined.items()]
    if not rows:
        return "<p>The quarantine is empty.</p>"
    return html_table(["reason", "events"], rows)
