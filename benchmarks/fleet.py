"""The data and the pipeline that the benchmarks measure: a fleet of sensors, windows of 5 minutes.

More events mean more time, not more series: 1,000 sensors send a reading every 10 seconds.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from domain.pipeline import Pipeline, parse_pipeline

SERIES = 1_000
EVERY_US = 10_000_000
START_US = 1_767_225_600_000_000
FUNCTIONS = ("mean", "std", "min", "max", "count")


def write_events(target: Path, events: int) -> None:
    """Writes so many events as one parquet file, in the order of time."""
    with duckdb.connect(config={"memory_limit": "256MB"}) as database:
        database.execute(
            "COPY (SELECT "
            f"make_timestamptz({START_US} + n // {SERIES} * {EVERY_US} + 1) AS ts, "
            f"'device-' || n % {SERIES} // 10 AS device, "
            "'sensor-' || n % 10 AS sensor, "
            "sin(n / 1e5) + hash(n) % 1000 / 1e4 AS value "
            f"FROM range({events}) numbers(n)) TO '{target}' (FORMAT parquet)"
        )


def span_us(events: int) -> tuple[int, int]:
    """The first instant that is not needed any more before the events, and one after them."""
    return START_US, START_US + (events // SERIES + 60) * EVERY_US


def pipeline(duplicates: str = "drop", functions: tuple[str, ...] = FUNCTIONS) -> Pipeline:
    """The pipeline that aggregates them."""
    return parse_pipeline(
        {
            "name": "fleet",
            "source": {
                "kind": "files",
                "path": "raw/*",
                "timestamp": "ts",
                "key": ["device", "sensor"],
                "duplicates": duplicates,
            },
            "windows": {"kind": "tumbling", "size": "5m"},
            "aggregates": {name: {"function": name, "column": "value"} for name in functions},
            "model": {"endpoint": "anomaly"},
            "output": {"table": "scores", "columns": {"score": "float"}},
        }
    )
