"""The table that the demo ends with."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from demo.outcome import Outcome
from demo.run_facts import RunFacts, cost_in_words, drift_in_words

COUNTS = {
    "events_read": "events read",
    "events_quarantined": "events quarantined",
    "windows": "windows written",
    "jobs_submitted": "jobs submitted",
    "rows_scored": "rows scored",
    "rows_rejected": "rows rejected",
    "rows_in_sql": "rows in SQL",
}


def summary_table(outcome: Outcome) -> Table:
    """What was read, scored, found and used, in a row each."""
    run, evaluation = outcome.run, outcome.evaluation
    table = Table(show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    good = "[green]" if run.is_good else "[red]"
    table.add_row("status", f"{good}{run.status}[/]")
    table.add_row("reconciled", "yes" if run.reconciled else "no")
    for name, words in COUNTS.items():
        table.add_row(words, f"{run.count(name):,}")
    for kind, rows in run.facts.rejected.items():
        table.add_row(f"rejected: {escape(kind)}", f"{rows:,}")
    table.add_row("chunks", f"{run.all_chunks:,}")
    if outcome.data.faults:
        found = f"{evaluation.detected} of {len(outcome.data.faults)}"
        table.add_row("faults detected", found)
        table.add_row("false alarm rate", f"{evaluation.false_alarm_rate or 0.0:.3%}")
    else:
        table.add_row("anomalies", f"{int(outcome.scores['is_anomaly'].sum()):,}")
    _add_facts(table, run.facts)
    table.add_row("seconds for the run", f"{outcome.seconds.get('run', 0.0):.1f}")
    table.add_row("seconds in all", f"{outcome.all_seconds['total']:.1f}")
    return table


def _add_facts(table: Table, facts: RunFacts) -> None:
    """What the data looked like, and what the run's jobs used."""
    measured, metered = facts.measured, facts.metered
    if measured is not None:
        if measured.anomaly_share is not None:
            table.add_row("share of anomalies", f"{measured.anomaly_share:.3%}")
        table.add_row("worst drift (PSI)", escape(drift_in_words(measured)))
        table.add_row("quality warnings", f"{len(measured.warnings):,}")
    if metered is not None:
        table.add_row("node-seconds", f"{metered.node_seconds:,.1f}")
        cost = cost_in_words(metered)
        if cost is not None:
            table.add_row("cost of the nodes", escape(cost))
