"""Memory is bounded by a setting, not by the data."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from adapters.aggregation import engine
from tests.adapters.aggregation.running import NOON, run_csv
from tests.adapters.pipelines import reading_pipeline
from tests.support.cloud import PROJECT

ROWS = 3_000_000
LIMIT_MB = 128
ROOM_MB = 700
"""What the process may grow by: the limit is DuckDB's own, Arrow and threads come on top."""

# A process of its own, since the peak of this one may be older than the test.
SCRIPT = f"""
import json, resource, sys, tempfile
from pathlib import Path
import duckdb, pyarrow.parquet
from adapters.aggregation import Limits, aggregate, write_parquet
from adapters.aggregation.reading import LocalFile, load_parquet
from domain.windows import to_us
from tests.adapters.pipelines import MINUTE_US, instant, reading_pipeline

def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    file = folder / "events"
    with duckdb.connect(config={{"memory_limit": "256MB", "threads": 1}}) as database:
        database.execute(
            "COPY (SELECT make_timestamptz(1767225600000000 + (n * 7919 % {ROWS}) * 20000) AS ts, "
            "'device-' || n % 1000 AS device, n / 7 AS value FROM range({ROWS}) r(n)) "
            f"TO '{{file}}' (FORMAT parquet)"
        )
    start = peak_mb()
    pipeline = reading_pipeline(
        windows=json.loads(sys.argv[1]),
        aggregates={{
            "mean": {{"function": "mean", "column": "value"}},
            "median": {{"function": "median", "column": "value"}},
            "last": {{"function": "last", "column": "value"}},
        }},
    )
    begin = to_us(instant("2026-01-01")) - 1
    end = begin + 2000 * MINUTE_US
    load = lambda database: load_parquet(
        database, [LocalFile(file, "events", True)], ["ts", "device", "value"]
    )
    with aggregate(pipeline, begin, end, load, folder, Limits("{LIMIT_MB}MB", 2)) as found:
        windows = write_parquet(found.windows, folder / "windows")
        print(found.events_read, windows, round(peak_mb() - start))
"""


@pytest.mark.parametrize(
    "windows",
    [
        {"kind": "tumbling", "size": "1m"},
        {"kind": "session", "timeout": "30s", "max_duration": "1m"},
    ],
    ids=lambda windows: windows["kind"],
)
def test_a_small_limit_is_enough_for_many_events(windows: dict[str, str]) -> None:
    """Millions of events are aggregated within a small limit, by way of the disk."""
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(windows)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    events, found, grown_mb = map(int, result.stdout.split())
    assert events == ROWS
    assert found > 500_000
    assert grown_mb < ROOM_MB


@pytest.mark.parametrize("duplicates", ["drop", "keep"])
@pytest.mark.parametrize(
    ("windows", "per_key"),
    [
        ({"kind": "hopping", "size": "10m", "hop": "5m"}, 2),
        ({"kind": "session", "timeout": "5m", "max_duration": "1h"}, 1),
        ({"kind": "snapshot"}, 1),
    ],
    ids=["hopping", "session", "snapshot"],
)
def test_keys_may_be_computed_one_after_another(
    monkeypatch: pytest.MonkeyPatch, windows: dict[str, str], per_key: int, duplicates: str
) -> None:
    """Where values are collected, keys are computed as they fit, and nothing differs."""
    pipeline = reading_pipeline(
        {"key": ["device", "sensor"], "duplicates": duplicates},
        windows,
        {
            "median": {"function": "median", "column": "value"},
            "q9": {"function": "quantile", "column": "value", "q": 0.9},
            "events": {"function": "count"},
        },
    )
    rows = "".join(f"{NOON},d{n % 5},s{n % 3},{n % 11}\n" for n in range(200))
    content = "ts,device,sensor,value\n" + rows
    together = run_csv(pipeline, content)
    monkeypatch.setattr(engine, "COLLECTED_BYTES", 5_000_000)
    apart = run_csv(pipeline, content)
    assert len(apart.windows) == 5 * 3 * per_key
    assert (apart.windows, apart.schema) == (together.windows, together.schema)
    assert run_csv(pipeline, "ts,device,sensor,value\n").windows == []
