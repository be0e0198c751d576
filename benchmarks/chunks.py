"""How the scoring stage grows with the number of chunks: the cost per chunk must stay the same.

`python -m benchmarks.chunks [CHUNKS]` runs the whole app on the local cloud, with a model that
takes no time, over CHUNKS (10), and 2, 4 and 8 times as many, and prints the seconds per chunk,
also as ratios to the first. A flat fan-out would grow with the square, because every step of an
orchestration replays its history; so the longest history of a run is shown, too.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from tests.e2e.world import World, readings, running_world

TIMES = (1, 2, 4, 8)


def scoring_seconds(world: World, chunks: int, revision: int) -> float:
    """Scores `chunks` devices, a chunk each. Answers the seconds of the scoring stage."""
    frames = [readings(f"device-{n:04d}", 12, timedelta(minutes=5)) for n in range(chunks)]
    world.put(f"raw/chunks-{chunks}/a.parquet", pd.concat(frames))
    run_id = world.start("devices", revision=revision, input=f"raw/chunks-{chunks}/*.parquet")
    run = world.ended(run_id, timeout_s=900)
    assert run["status"] == "Completed", run
    assert run["chunks"]["scored"] == chunks
    return float(run["seconds"]["scoring"])


def longest_history(world: World, run: str) -> int:
    """Events in the longest history of the run's orchestrations."""
    query = (
        "SELECT max(events) FROM (SELECT count(*) AS events FROM history "
        "WHERE instance_id LIKE ? || '%' GROUP BY instance_id)"
    )
    with closing(sqlite3.connect(world.cloud.state / "durable.sqlite3")) as database:
        return int(database.execute(query, (run,)).fetchone()[0])


def main() -> None:
    """Measures every size in one world, after a run that warms it up, and prints one table."""
    smallest = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    table = Table("chunks", "seconds", "per chunk", "per chunk, ratio", "longest history")
    with tempfile.TemporaryDirectory() as folder, running_world(Path(folder) / "world") as world:
        scoring_seconds(world, 2, revision=1)
        first = 0.0
        for revision, times in enumerate(TIMES, 2):
            chunks = smallest * times
            seconds = scoring_seconds(world, chunks, revision)
            first = first or seconds / chunks
            run = f"devices-20260301T000000Z-20260301T010000Z-r{revision}"
            table.add_row(
                str(chunks),
                f"{seconds:.1f}",
                f"{seconds / chunks:.2f}",
                f"x {seconds / chunks / first:.2f}",
                str(longest_history(world, run)),
            )
    Console().print(table)


if __name__ == "__main__":
    main()
