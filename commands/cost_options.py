"""What `cost` takes on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

SETTINGS = Path(__file__).resolve().parent.parent / "local.settings.json"


def add_cost_options(parser: argparse.ArgumentParser) -> None:
    """Adds what is not said, or said otherwise, by settings and past runs."""
    add = parser.add_argument
    whole, number = _whole, _number
    add("--runs-per-month", type=whole, metavar="N", help="instead of the schedule's")
    add("--run-minutes", type=number, metavar="M", help="of scoring (past runs, or 10)")
    add("--start-seconds", type=number, metavar="S", help="until a node is up (setting, or 300)")
    add("--price", type=number, metavar="P", help="of a node for an hour (setting)")
    add("--low-priority", action="store_true", help="the nodes are of low priority")
    add("--nodes", type=whole, metavar="N", help="that work at once (from past runs)")
    add("--instances", type=whole, default=1, metavar="N", help="nodes of one job (1)")
    add("--max-instances", type=whole, default=4, metavar="N", help="of the cluster (4)")
    add("--idle-seconds", type=number, default=120.0, metavar="S", help="of the cluster (120)")
    add("--max-wait-seconds", type=number, metavar="S", help="that runs may wait (setting, or 60)")
    add("--max-cost", type=number, metavar="C", help="a month (setting)")
    add("--settings", type=Path, default=SETTINGS, metavar="FILE", help="(local.settings.json)")


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 100_000):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to 100000; got {text}")
    return int(text)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"must be a number of at least 0; got {text}")
    return value
