"""What each of several processes does that have the same stream at the same time."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from adapters.aggregation import Limits
from adapters.lake import Lake
from adapters.landing import Arrived, land
from adapters.streams.compaction import compact
from domain.intervals import Interval
from domain.pipeline import parse_pipeline

LONGEST_WAIT_S = 60


def land_batches(
    account: str, spec: dict[str, Any], batches: Sequence[Sequence[Arrived]], barrier: Barrier
) -> None:
    """A host: lands one batch per round, at the same moment as the others."""
    lake, pipeline = _lake(account), parse_pipeline(spec)
    for batch in batches:
        barrier.wait(LONGEST_WAIT_S)
        land(lake, pipeline, batch, batch[-1].enqueued_us)


def compact_intervals(
    account: str, name: str, intervals: Sequence[Interval], rounds: int, barrier: Barrier
) -> None:
    """Another: compacts every interval in every round."""
    lake = _lake(account)
    for _ in range(rounds):
        barrier.wait(LONGEST_WAIT_S)
        for interval in intervals:
            with tempfile.TemporaryDirectory() as folder:
                compact(lake, name, interval, Path(folder), Limits("256MB", 1))


def _lake(account: str) -> Lake:
    from azure.identity import DefaultAzureCredential

    return Lake(account, "lake", DefaultAzureCredential())
