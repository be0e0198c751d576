"""The table that the demo ends with."""

from __future__ import annotations

from rich.table import Table

from demo.outcome import Outcome

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
    """What was read, scored and found, in a dozen rows."""
    run, evaluation = outcome.run, outcome.evaluation
    table = Table(show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    good = "[green]" if run.is_good else "[red]"
    table.add_row("status", f"{good}{run.status}[/]")
    table.add_row("reconciled", "yes" if run.reconciled else "no")
    for name, words in COUNTS.items():
        table.add_row(words, f"{run.count(name):,}")
    table.add_row("chunks", f"{run.all_chunks:,}")
    if outcome.data.faults:
        found = f"{evaluation.detected} of {len(outcome.data.faults)}"
        table.add_row("faults detected", found)
        table.add_row("false alarm rate", f"{evaluation.false_alarm_rate or 0.0:.3%}")
    else:
        table.add_row("anomalies", f"{int(outcome.scores['is_anomaly'].sum()):,}")
    table.add_row("seconds for the run", f"{outcome.seconds.get('run', 0.0):.1f}")
    table.add_row("seconds in all", f"{outcome.all_seconds['total']:.1f}")
    return table
