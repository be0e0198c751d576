"""The report's numbers: the headline, the path of the data, and where the time went."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from html import escape

from demo.outcome import Outcome
from demo.pipelines import grid_of

LEAVING = ("events_quarantined", "events_duplicate", "rows_rejected")
STEP_NAMES = {
    "start_stand_in": "start the stand-in",
    "write_data": "put data into the lake",
    "train_model": "train the model",
    "run": "the run",
    "read_scores": "read scores from SQL",
    "train_stream_model": "train the stream's model",
    "stream": "the stream",
    "collect_stream": "score what has landed",
    "read_stream_scores": "read the stream's scores",
}


def headline(outcome: Outcome) -> str:
    """The numbers that one wants to know first."""
    run, evaluation = outcome.run, outcome.evaluation
    seconds = outcome.all_seconds.get("run", 0.0)
    rate = run.count("events_read") / seconds if seconds else 0.0
    cards = [
        (f"{run.count('events_read'):,}", "events read", f"{rate:,.0f} a second, end to end"),
        (f"{run.count('windows'):,}", "windows", f"scored in {run.all_chunks:,} chunks"),
    ]
    if outcome.data.faults:
        share = evaluation.false_alarm_rate or 0.0
        found = f"{evaluation.detected} of {len(outcome.data.faults)}"
        cards.append((found, "faults detected", "made by the demo, unknown to the model"))
        cards.append((f"{share:.2%}", "false alarms", "of the windows without a fault"))
    else:
        flagged = int(outcome.scores["is_anomaly"].sum())
        share = flagged / max(len(outcome.scores), 1)
        cards.append((f"{flagged:,}", "anomalies", f"{share:.2%} of the windows"))
        models = f"{outcome.model['trained']['keys']:,}"
        cards.append((models, "keys", "with a model of their own"))
    total = outcome.all_seconds["total"]
    cards.append((f"{seconds:.0f} s", "for the run", f"{total:.0f} s with all around it"))
    return "".join(
        f'<div class="card"><b>{escape(value)}</b><span>{escape(name)}</span>'
        f"<small>{escape(note)}</small></div>"
        for value, name, note in cards
    )


def path_of_data(outcome: Outcome) -> str:
    """From raw events to rows in SQL, with what left the path on the way."""
    run, size = outcome.run, grid_of(outcome.pipeline).size
    left = {name: _left(run.count(name), name.split("_")[1]) for name in LEAVING}
    failed = _left(run.chunks.get("failed", 0), "failed")
    bad = ", ".join(text for text in (left["events_quarantined"], left["events_duplicate"]) if text)
    return steps_list(
        [
            ("data lake", f"{run.count('events_read'):,}", "events", bad),
            ("aggregation", f"{run.count('windows'):,}", f"windows of {_length(size)}", ""),
            ("plan", f"{run.all_chunks:,}", "chunks", failed),
            ("batch endpoint", f"{run.count('jobs_submitted'):,}", "jobs", ""),
            ("model", f"{run.count('rows_scored'):,}", "rows scored", left["rows_rejected"]),
            ("SQL", f"{run.count('rows_in_sql'):,}", "rows", ""),
        ]
    )


def reconciliation(outcome: Outcome) -> str:
    """The sum that proves that no row was lost."""
    run = outcome.run
    proof = (
        f"{run.count('windows'):,} windows written = {run.count('rows_scored'):,} scored "
        f"+ {run.count('rows_rejected'):,} rejected = {run.count('rows_in_sql'):,} rows in SQL"
    )
    marks = {True: ("yes", "reconciled"), False: ("no", "does not add up")}
    unknown = ("kind", "not reconciled")
    css, word = unknown if run.reconciled is None else marks[run.reconciled]
    return f'<span class="badge {css}">{word}</span> {proof}'


def seconds_bars(outcome: Outcome) -> str:
    """How long each step took; the stages of the run beneath it."""
    seconds = {n: s for n, s in outcome.all_seconds.items() if n != "total"}
    longest = max(seconds.values(), default=1.0) or 1.0
    stages = [
        _bar(name.removeprefix("run."), value, longest, "inner")
        for name, value in seconds.items()
        if name.startswith("run.")
    ]
    bars: list[str] = []
    for name, value in seconds.items():
        if not name.startswith("run."):
            bars.append(_bar(STEP_NAMES.get(name, name), value, longest, ""))
            bars += stages if name == "run" else []
    return "".join(bars)


def steps_list(steps: Iterable[tuple[str, str, str, str]]) -> str:
    """Rooms on the path of the data: room, count, what is counted, what left the path there."""
    return "".join(
        f"<li><i>{escape(room)}</i><b>{escape(count)}</b><span>{escape(what)}</span>"
        f"<small>{escape(left)}</small></li>"
        for room, count, what, left in steps
    )


def _left(count: int, what: str) -> str:
    return f"{count:,} {what}" if count else ""


def _length(size: timedelta) -> str:
    minutes = size.total_seconds() / 60
    return f"{minutes:g} min" if minutes < 120 else f"{minutes / 60:g} h"


def _bar(name: str, seconds: float, longest: float, css: str) -> str:
    share = 100 * seconds / longest
    return (
        f'<div class="bar {css}"><span>{escape(name)}</span>'
        f'<em><i style="width:{share:.1f}%"></i></em><b>{seconds:.1f} s</b></div>'
    )
