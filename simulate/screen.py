"""What the person at the terminal sees: a live picture, or a line now and then when piped."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table

from simulate.tally import Progress, Summary

PLAIN_EVERY_S = 5.0
BEHIND_S = 2.0  # less than that is nothing to speak of


class Screen:
    """Shows how a simulation stands; nothing of it stays on a terminal."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._last_s = 0.0
        self._live = (
            Live(console=console, refresh_per_second=4, transient=True)
            if console.is_terminal
            else None
        )
        self._spinner = Spinner("dots", escape(title))

    def __enter__(self) -> Screen:
        if self._live is not None:
            self._live.start()
            self._live.update(self._spinner)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, progress: Progress) -> None:
        """Shows how it stands now."""
        if self._live is not None:
            self._live.update(Group(self._spinner, Padding(_table(progress), (0, 0, 0, 2))))
        elif progress.elapsed_s - self._last_s >= PLAIN_EVERY_S:
            self._last_s = progress.elapsed_s
            self._console.print(_line(progress), soft_wrap=True, highlight=False, markup=False)


def summary_table(summary: Summary) -> Table:
    """What has become of it, in a dozen rows."""
    table = Table(show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_row("events sent", f"{summary.sent:,}")
    for kind, count in summary.kinds.items():
        if count:
            table.add_row(f"  {kind}", f"{count:,}")
    table.add_row("readings in them", f"{summary.readings:,}")
    table.add_row("requests", f"{summary.requests:,}")
    table.add_row("sent again", f"{summary.resent:,}")
    if summary.abandoned:
        table.add_row("given up at the end", f"{summary.abandoned:,}")
    table.add_row("events/s", f"{summary.per_s:,.1f}")
    table.add_row("behind plan, at most", f"{summary.max_lag_s:.1f} s")
    if summary.first is not None and summary.last is not None:
        table.add_row("from", f"{summary.first:%Y-%m-%d %H:%M:%S}Z")
        table.add_row("to", f"{summary.last:%Y-%m-%d %H:%M:%S}Z")
    for fault in summary.faults:
        seconds = (fault.end - fault.start).total_seconds()
        times = f"{fault.start:%m-%d %H:%M:%S} for {seconds:,.0f} s"
        table.add_row(f"fault: {fault.kind}", f"{fault.device} {fault.sensor}, {times}")
    return table


def _table(progress: Progress) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_row("events/s", f"[bold]{progress.per_s:,.0f}[/]")
    again = f", {progress.resent:,} sent again" if progress.resent else ""
    table.add_row("sent", f"{progress.sent:,} in {progress.requests:,} requests{again}")
    kinds = [f"{kind} {count:,}" for kind, count in progress.kinds.items() if count]
    table.add_row("kinds", ", ".join(kinds))
    table.add_row("stream time", f"{progress.stream_time:%Y-%m-%d %H:%M:%S}Z")
    table.add_row("behind plan", _lag(progress))
    if progress.trouble is not None:
        table.add_row("[red]trouble[/]", f"[red]{escape(progress.trouble)}[/]")
    return table


def _line(progress: Progress) -> str:
    trouble = f"; {progress.trouble}" if progress.trouble is not None else ""
    return (
        f"{progress.sent:,} events sent, {progress.per_s:,.0f} a second, "
        f"behind plan: {_lag(progress)}{trouble}"
    )


def _lag(progress: Progress) -> str:
    if progress.lag_s < BEHIND_S:
        return "no"
    return f"{progress.lag_s:.1f} s, {progress.waiting:,} events wait"
