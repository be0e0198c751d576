"""What a soak has measured, as tables: the numbers first, then the same over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from rich.table import Table

from benchmarks.soak_samples import Sample, Watcher, small_file
from benchmarks.soak_sender import Sent
from benchmarks.soak_world import INTERVAL_S, PIPELINE, TOLERANCE_S
from domain.raw_files import stream_folder
from tests.e2e.world import World

US = 1_000_000
QUARTERS = (0.25, 0.5, 0.75, 1.0)


def throughput(streamed: Sequence[Sample], settled_s: float, sent: Sent) -> Table:
    """Rates and lags while the fleet streamed, and how long the rest took."""
    half, last = streamed[len(streamed) // 2], streamed[-1]
    lags = [sample.lag for sample in streamed]
    table = _table("while streaming", "value")
    table.add_row("events sent", f"{sent.events:,}")
    table.add_row("events/s sent", f"{sent.events / sent.seconds:,.0f}")
    landed = (last.landed - half.landed) / (last.seconds - half.seconds)
    table.add_row("events/s landed, second half", f"{landed:,.0f}")
    table.add_row("sender behind plan, at most", f"{sent.max_lag_s:.1f} s")
    table.add_row("lag, median", f"{np.median(lags):,.0f} events")
    table.add_row("lag, p99", f"{np.percentile(lags, 99):,.0f} events")
    table.add_row("lag at the end", f"{last.lag:,} events")
    table.add_row("runs", f"{last.runs}")
    table.add_row("until the rest was scored", f"{settled_s:.1f} s")
    return table


def memory(streamed: Sequence[Sample]) -> Table:
    """Resident megabytes at the quarters of the time, and how the last compares to the second."""
    table = _table("memory, MB", *(f"{share:.0%}" for share in QUARTERS), "Q4 to Q2", "MB/min")
    end_s = streamed[-1].seconds
    minutes = [sample.seconds / 60 for sample in streamed]
    for name in ("host", "cloud", "storage"):
        values = [float(getattr(sample, f"{name}_mb")) for sample in streamed]
        at = [np.interp(end_s / 60 * share, minutes, values) for share in QUARTERS]
        second, fourth = (
            float(np.median(values[int(len(values) * a) : int(len(values) * (a + 0.25))]))
            for a in (0.25, 0.75)
        )
        half = len(values) // 2
        slope = np.polyfit(minutes[half:], values[half:], 1)[0] if half > 1 else 0.0
        table.add_row(
            name, *(f"{value:.0f}" for value in at), f"x {fourth / second:.2f}", f"{slope:+.1f}"
        )
    return table


def latency(world: World, sent: Sent, *, in_real_time: bool) -> Table:
    """Seconds from a window's last event to its row in SQL; `in_real_time` also from when the row
    was due, since that is told in stream time."""
    table = _table("seconds to the row in SQL", "p50", "p90", "p99", "most")
    rows = world.sql("SELECT * FROM soak_scores WHERE revision = 1")
    since_sent, since_due = [], []
    for row in rows:
        scored_at, end_us = _seconds(row["scored_at"]), round(_seconds(row["window_end"]) * US)
        since_sent.append(scored_at - sent.last_sent[row["device"], end_us])
        closed_s = -(-end_us // (INTERVAL_S * US)) * INTERVAL_S + TOLERANCE_S
        since_due.append(scored_at - closed_s)
    for name, values in (
        ("from the window's last event", since_sent),
        ("from the end of its interval's tolerance", since_due),
    ):
        if values and (in_real_time or values is since_sent):
            numbers = np.percentile(values, [50, 90, 99, 100])
            table.add_row(name, *(f"{number:.1f}" for number in numbers))
    [again] = world.sql("SELECT count(*) AS rows FROM soak_scores WHERE revision > 1")
    table.caption = f"{len(rows):,} rows; {again['rows']:,} that were scored again are left out"
    return table


def landing(watcher: Watcher, world: World) -> Table:
    """What a batch becomes in the lake, and what compaction leaves."""
    table = _table("the lake", "value")
    files = {path: small_file(path) for path in watcher.small}
    batches = watcher.batches
    events = sum(file.events for file in files.values() if file is not None)
    folders = {path.removeprefix(stream_folder(PIPELINE)).partition("/")[0] for path in files}
    size = sum(watcher.small.values())
    table.add_row("batches landed", f"{len(batches):,}")
    table.add_row("events per batch", f"{sum(batches) / len(batches):,.0f}")
    table.add_row("files per batch", f"{len(files) / len(batches):.2f}")
    table.add_row("files per interval", f"{len(files) / len(folders):,.0f}")
    table.add_row("bytes per event", f"{size / events:.1f}")
    left = list(world.lake.list_blobs(stream_folder(PIPELINE)))
    names = {blob.name.removeprefix(stream_folder(PIPELINE)).partition("/")[0] for blob in left}
    table.add_row("files per interval, compacted", f"{len(left) / len(names):.1f}")
    arrived = watcher.samples[-1].arrived
    table.add_row("bytes per event, compacted", f"{sum(b.size for b in left) / arrived:.1f}")
    return table


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _table(first: str, *others: str) -> Table:
    table = Table(first)
    for other in others:
        table.add_column(other, justify="right")
    return table
