"""How the stream looks while it is under way: a small table on a terminal, a line when piped."""

from __future__ import annotations

from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

from demo.streaming.collecting import Look
from demo.streaming.intervals import IntervalState
from simulate import Plan, Progress


def stream_progress(plan: Plan, progress: Progress | None, look: Look) -> Table:
    """What was sent and what has landed, a line for each interval, and the rows in SQL."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", min_width=16)
    table.add_column()
    bar = Table.grid(padding=(0, 1))
    done = min(progress.elapsed_s, plan.duration_s or 0.0) if progress else 0.0
    bar.add_row(
        ProgressBar(total=plan.duration_s, completed=done, width=18), escape(_sent(progress))
    )
    table.add_row("sent", bar)
    table.add_row("landed", f"{sum(one.events for one in look):,}")
    for one in look:
        table.add_row(f"until {_clock(one)}", escape(_interval(one)))
    table.add_row("rows in SQL", f"{_rows(look):,}")
    return table


def stream_line(progress: Progress | None, look: Look) -> str:
    """The same in one line."""
    intervals = "; ".join(f"until {_clock(one)}: {_interval(one)}" for one in look)
    return (
        f"{_sent(progress)} sent, {sum(one.events for one in look):,} landed"
        f"{f'; {intervals}' if intervals else ''}; {_rows(look):,} rows in SQL"
    )


def _sent(progress: Progress | None) -> str:
    if progress is None:
        return "0"
    trouble = f", again: {progress.trouble}" if progress.trouble else ""
    return f"{progress.sent:,} ({progress.per_s:,.0f} a second{trouble})"


def _interval(one: IntervalState) -> str:
    """Such as `34,567 events, 1,234 new, run 2 running`."""
    parts = [f"{one.events:,} events"]
    if one.new_events:
        parts.append(f"{one.new_events:,} new")
    if one.run_id is not None:
        parts.append(f"run {one.revision} {(one.status or 'waiting').lower()}")
    return ", ".join(parts)


def _clock(one: IntervalState) -> str:
    """`12:05` of `2026-01-01T12-05-00Z`."""
    return one.label[11:16].replace("-", ":")


def _rows(look: Look) -> int:
    return sum(one.count("rows_in_sql") for one in look)
