"""How a run in progress looks: a small table on a terminal, a line when piped."""

from __future__ import annotations

from rich.progress_bar import ProgressBar
from rich.table import Table

from demo.run_state import RunState

STAGES = ("listing", "aggregating", "planning", "scoring", "reconciling")


def progress_table(state: RunState) -> Table:
    """The stages, the counts and a bar of the chunks."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", min_width=16)
    table.add_column()
    table.add_row("stage", _stages(state))
    table.add_row("events read", f"{state.count('events_read'):,}")
    table.add_row("windows written", f"{state.count('windows'):,}")
    bar = Table.grid(padding=(0, 1))
    done = state.chunks.get("scored", 0)
    bar.add_row(
        ProgressBar(total=max(state.all_chunks, 1), completed=done, width=18), _chunks(state)
    )
    table.add_row("chunks", bar)
    table.add_row("rows in SQL", f"{state.count('rows_in_sql'):,}")
    return table


def progress_line(state: RunState) -> str:
    """The same in one line."""
    return (
        f"{state.stage}: {state.count('events_read'):,} events read, "
        f"{state.count('windows'):,} windows, chunks {_chunks(state)}, "
        f"{state.count('rows_in_sql'):,} rows in SQL"
    )


def _chunks(state: RunState) -> str:
    parts = [f"{state.chunks.get(name, 0)} {name}" for name in ("queued", "running")]
    parts.append(f"{state.chunks.get('scored', 0)}/{state.all_chunks} scored")
    if state.chunks.get("failed"):
        parts.append(f"{state.chunks['failed']} failed")
    return ", ".join(parts)


def _stages(state: RunState) -> str:
    at = STAGES.index(state.stage) if state.stage in STAGES else len(STAGES)
    return " ".join(
        f"[green]✓ {name}[/]" if i < at else f"[bold]● {name}[/]" if i == at else f"[dim]{name}[/]"
        for i, name in enumerate(STAGES)
    )
