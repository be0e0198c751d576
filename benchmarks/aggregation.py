"""How aggregation grows with the data, and how it compares with straight pandas.

`python -m benchmarks.aggregation [EVENTS]` measures EVENTS (a million), and 2, 4 and 8 times as
many. Ratios to the first row say more than seconds: they hold on other machines as well.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import fleet

TIMES = (1, 2, 4, 8)
WAYS = {
    "drop": "DuckDB",
    "keep": "DuckDB, duplicates kept",
    "median": "DuckDB, median",
    "pandas": "pandas",
}
TRIES = 2
"""The fastest of these counts: whatever else the machine does only ever adds time."""


@dataclass(frozen=True)
class Measurement:
    """What one way took for so many events."""

    way: str
    events: int
    seconds: float
    mb: float


def measure(way: str, events: int, file: Path) -> Measurement:
    """Runs one way in processes of its own; the fastest try counts, and the highest peak."""
    command = [sys.executable, "-m", "benchmarks.one_aggregation", str(file), str(events), way]
    found = []
    for _ in range(TRIES):
        result = subprocess.run(command, capture_output=True, text=True, check=True)
        found.append(json.loads(result.stdout))
    assert len({one["windows"] for one in found}) == 1
    return Measurement(
        way, events, min(one["seconds"] for one in found), max(one["mb"] for one in found)
    )


def table_of(measured: list[Measurement]) -> Table:
    """All measurements; time and memory also as ratios to the first of their way."""
    table = Table("way", "events", "CPU s", "growth", "peak MB", "growth", "to DuckDB")
    first = {m.way: m for m in reversed(measured)}
    reference = {m.events: m for m in measured if m.way == next(iter(WAYS))}
    for m in measured:
        table.add_row(
            WAYS[m.way].replace(" ", "\N{NO-BREAK SPACE}"),
            f"{m.events:,}",
            f"{m.seconds:.2f}",
            f"x {m.seconds / first[m.way].seconds:.1f}",
            f"{m.mb:.0f}",
            f"x {m.mb / first[m.way].mb:.1f}",
            f"x {m.seconds / reference[m.events].seconds:.1f}",
        )
    return table


def main() -> None:
    """Measures every way at every size, and prints one table."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    console = Console()
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        files = {events * times: Path(folder) / f"{times}.parquet" for times in TIMES}
        for count, file in files.items():
            fleet.write_events(file, count)
        work = [(way, count, file) for way in WAYS for count, file in files.items()]
        for way, count, file in track(work, "measuring", console=console, transient=True):
            measured.append(measure(way, count, file))
    console.print(table_of(measured))


if __name__ == "__main__":
    main()
