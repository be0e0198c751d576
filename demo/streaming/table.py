"""The table that the second act ends with."""

from __future__ import annotations

from rich.table import Table

from demo.streaming.outcome import StreamOutcome


def stream_table(outcome: StreamOutcome) -> Table:
    """What was sent, what became of it, and how long it took."""
    table = Table(title="stream", title_justify="left", show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    good = outcome.accounted_for
    table.add_row("accounted for", "[green]yes[/]" if good else "[red]no[/]")
    table.add_row("events sent", f"{outcome.told.sent:,}")
    table.add_row("events landed", f"{outcome.landed:,}")
    table.add_row("events quarantined", f"{outcome.in_quarantine:,}")
    table.add_row("duplicates removed", f"{outcome.count('events_duplicate'):,}")
    table.add_row("redelivered", f"{outcome.count('events_redelivered'):,}")
    table.add_row("late", f"{outcome.count('events_late'):,}")
    table.add_row("windows", f"{outcome.count('windows'):,}")
    table.add_row("rows in SQL", f"{outcome.count('rows_in_sql'):,}")
    table.add_row("runs", f"{outcome.all_runs:,}, {outcome.revisions:,} of them again")
    evaluation = outcome.evaluation
    table.add_row("faults detected", f"{evaluation.detected} of {len(outcome.data.faults)}")
    table.add_row("false alarm rate", f"{evaluation.false_alarm_rate or 0.0:.3%}")
    seconds = outcome.latency
    if seconds is not None:
        table.add_row("seconds to SQL, median", f"{seconds.p50:.1f}")
        table.add_row("99 of 100 windows", f"{seconds.p99:.1f}")
    return table
