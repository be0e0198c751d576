"""What the durable engine of the stand-in costs: `python -m benchmarks.engine`.

Activities and orchestrations that do nothing, on a real store, without HTTP. The share of the SDK
is processor time inside its orchestrators. The last line repeats a fan-out in a store that holds
10,000 ended instances and 1,000 timers. Each measurement has a store of its own; the better of two
counts.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.engine_world import EngineWorld, Spent, engine_world

TRIES = 2
ENDED, TIMERS = 10_000, 1_000
FAN_OUT = 1_000


def main() -> int:
    """Measure and print."""
    # The SDK warns of an app without HTTP functions.
    logging.getLogger().setLevel(logging.ERROR)
    console = Console()
    activities = Table(title="activities", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("way", "seconds", "a second", "CPU time per activity", "share of the SDK"):
        activities.add_column(heading, justify="left" if heading == "way" else "right")
    flat_100 = _best("flat", 100)
    for way, count, spent in (
        ("flat", 100, flat_100),
        ("flat", 1_000, _best("flat", 1_000)),
        ("100 segments of 100", 10_000, _best("segmented", [100, 100])),
    ):
        ratio = (spent.cpu_s / count) / (flat_100.cpu_s / 100)
        activities.add_row(
            f"{way}, {count:,}", *_cells(spent, count), f"x {ratio:.2f}", _share(spent)
        )
    console.print(activities)
    ones = _best("flat", 1, times=500)
    console.print(
        f"500 orchestrations of one activity, side by side: {500 / ones.wall_s:,.0f} a second, "
        f"{_share(ones)} of the CPU time in the SDK"
    )
    empty, full = _best("flat", FAN_OUT), _best("flat", FAN_OUT, fill=True)
    console.print(
        f"{FAN_OUT:,} activities in a store with {ENDED:,} ended instances and {TIMERS:,} timers, "
        f"to an empty one: CPU time x {full.cpu_s / empty.cpu_s:.2f}, seconds x "
        f"{full.wall_s / empty.wall_s:.2f}"
    )
    return 0


def _best(name: str, given: object, times: int = 1, *, fill: bool = False) -> Spent:
    return min(
        (_once(name, given, times, fill=fill) for _ in range(TRIES)), key=lambda one: one.cpu_s
    )


def _once(name: str, given: object, times: int, *, fill: bool) -> Spent:
    with tempfile.TemporaryDirectory() as folder, engine_world(Path(folder)) as world:
        if fill:
            world.fill(ENDED, TIMERS)
        _warm(world)
        return world.spend(name, given, times)


def _warm(world: EngineWorld) -> None:
    world.spend("flat", 1)


def _cells(spent: Spent, count: int) -> tuple[str, str]:
    return f"{spent.wall_s:.2f}", f"{count / spent.wall_s:,.0f}"


def _share(spent: Spent) -> str:
    return f"{spent.sdk_s / spent.cpu_s:.0%}"


if __name__ == "__main__":
    sys.exit(main())
