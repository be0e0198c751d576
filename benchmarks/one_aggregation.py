"""One measurement, in a process of its own, since a process remembers its highest peak.

`python -m benchmarks.one_aggregation FILE EVENTS WAY` prints CPU seconds, megabytes, windows.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from adapters.aggregation import Limits, aggregate, write_parquet
from adapters.aggregation.reading import LocalFile, load_parquet
from benchmarks import fleet

LIMITS = Limits("128MB", 2)
WINDOW = pd.Timedelta(minutes=5)


def with_duckdb(file: Path, events: int, duplicates: str, functions: tuple[str, ...]) -> int:
    """Aggregates as the app does, but for the lake; answers the number of windows."""
    pipeline = fleet.pipeline(duplicates, functions)
    columns = pipeline.source_columns
    with tempfile.TemporaryDirectory(dir=file.parent) as name:
        folder = Path(name)
        with aggregate(
            pipeline,
            *fleet.span_us(events),
            lambda database: load_parquet(database, [LocalFile(file, "events", True)], columns),
            folder,
            LIMITS,
        ) as found:
            return write_parquet(found.windows, folder / "windows")


def with_pandas(file: Path, _: int) -> int:
    """The same straight in pandas, with all of it in memory."""
    events = pd.read_parquet(file).drop_duplicates()
    events = events.dropna()
    events["window_end"] = events["ts"].dt.ceil(WINDOW)
    grouped = events.groupby(["device", "sensor", "window_end"])["value"]
    windows = grouped.agg(list(fleet.FUNCTIONS)).reset_index()
    windows.to_parquet(file.with_suffix(".pandas"))
    return len(windows)


WAYS: dict[str, Callable[[Path, int], int]] = {
    "drop": lambda file, events: with_duckdb(file, events, "drop", fleet.FUNCTIONS),
    "keep": lambda file, events: with_duckdb(file, events, "keep", fleet.FUNCTIONS),
    "median": lambda file, events: with_duckdb(file, events, "drop", ("median",)),
    "pandas": with_pandas,
}


def peak_mb() -> float:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measures one way."""
    file, events, way = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    before, begin = peak_mb(), time.process_time()
    windows = WAYS[way](file, events)
    # Of all threads: what else the machine does at the same time counts less.
    seconds = time.process_time() - begin
    print(json.dumps({"seconds": seconds, "mb": peak_mb() - before, "windows": windows}))


if __name__ == "__main__":
    main()
