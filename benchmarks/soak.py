"""Whether Windrow keeps up with a stream, and stays as it is while it does.

`python -m benchmarks.soak [--minutes 3] [--rate 2000] [--speed 1] [--devices 100]` runs the whole
app on the local cloud while a fleet streams into it from a process of its own, and prints how much
landed, how far it was behind, what it took, and how large the processes became. Exit code 1 if an
event or a window is missing at the end.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console

from benchmarks import soak_report as report
from benchmarks.soak_samples import Watcher, standing
from benchmarks.soak_sender import Sent, read_sent
from benchmarks.soak_world import INTERVAL_S, PIPELINE, soak_world
from tests.e2e.streams import intervals
from tests.e2e.world import World

LOOK_EVERY_S = 2.0
LIST_EVERY = 5  # looks
PATIENCE_S = 600.0


def options() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=3, help="how long to stream (3)")
    parser.add_argument("--rate", type=float, default=2000, help="events a second (2000)")
    parser.add_argument("--speed", type=float, default=1, help="of stream time (1)")
    parser.add_argument("--devices", type=int, default=100, help="a window each (100)")
    return parser.parse_args()


def stream(watcher: Watcher, asked: argparse.Namespace, file: Path, console: Console) -> Sent:
    """Streams to the end, and watches meanwhile. Raises CalledProcessError if the sender fails."""
    numbers = (asked.rate, asked.minutes * 60, asked.speed, asked.devices)
    command = [sys.executable, "-m", "benchmarks.soak_sender", *map(str, numbers), str(file)]
    with subprocess.Popen(command) as sender:
        try:
            while sender.poll() is None:
                _look(watcher, console)
                time.sleep(LOOK_EVERY_S)
        finally:
            sender.terminate()
    if sender.returncode:
        raise subprocess.CalledProcessError(sender.returncode, command)
    watcher.look_into_the_lake()
    return read_sent(file)


def _look(watcher: Watcher, console: Console) -> None:
    sample, number = watcher.look(), len(watcher.samples)
    if number % LIST_EVERY == 0:
        watcher.look_into_the_lake()
        console.print(
            f"{sample.seconds:4.0f} s: {sample.arrived:,} arrived, lag {sample.lag:,}, "
            f"{sample.runs} runs, host {sample.host_mb:.0f} MB, cloud {sample.cloud_mb:.0f} MB, "
            f"load {psutil.getloadavg()[0]:.1f}",
            highlight=False,
        )


def settle(world: World, sent: Sent) -> list[dict[str, Any]]:
    """Waits until everything is scored and quiet, or patience ends. Answers the intervals."""
    ends = [end_us / 1e6 for _, end_us in sent.last_sent]
    first = datetime.fromtimestamp(min(ends) - INTERVAL_S, UTC)
    hours = (max(ends) - min(ends) + 3 * INTERVAL_S) / 3600
    deadline = time.monotonic() + PATIENCE_S
    while True:
        lag = standing(world)[1]
        found = intervals(world, PIPELINE, first, hours)
        busy = lag or any(
            one["collecting"] or one["new_events"] or one["status"] != "Completed" for one in found
        )
        if not busy or time.monotonic() > deadline:
            return found
        time.sleep(LOOK_EVERY_S)


def missing(world: World, sent: Sent, found: list[dict[str, Any]]) -> list[str]:
    """What does not add up; nothing if every event and every window is accounted for."""
    arrived, lag = standing(world)
    sums = {
        "events landed": (sum(one["events"] for one in found), arrived),
        "events read by the newest runs": (
            sum(one["counts"].get("events_read", 0) for one in found),
            arrived,
        ),
        "events that no checkpoint is past": (lag, 0),
        "windows in SQL": (
            world.sql("SELECT count(*) AS rows FROM soak_scores")[0]["rows"],
            len(sent.last_sent),
        ),
    }
    wrong = [f"{what}: {got:,} of {want:,}" for what, (got, want) in sums.items() if got != want]
    if arrived < sent.events:
        wrong.append(f"events that arrived: {arrived:,} of {sent.events:,}")
    return wrong


def main() -> int:
    """Streams, waits for the rest, and prints the tables."""
    asked, console = options(), Console()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with soak_world(folder / "world") as world:
            watcher = Watcher(world)
            sent = stream(watcher, asked, folder / "sent.json", console)
            streamed, ended = list(watcher.samples), time.monotonic()
            found = settle(world, sent)
            settled_s = time.monotonic() - ended
            watcher.look()
            console.print(report.throughput(streamed, settled_s, sent))
            console.print(report.latency(world, sent, in_real_time=asked.speed == 1))
            console.print(report.landing(watcher, world))
            console.print(report.memory(streamed))
            wrong = missing(world, sent, found)
    for line in wrong:
        console.print(f"[red]missing[/] {line}")
    if not wrong:
        console.print("everything that was sent is accounted for")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
