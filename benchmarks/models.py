"""How training and scoring grow with the number of models, one for each key.

`python -m benchmarks.models [MODELS ...]` (100, 1,000 and 5,000) trains so many, and scores parts
of 40 keys and 10,000 rows with them: by score.py in as many processes as there are cores, as nodes
of Azure ML do; straight from a file to a file; and in memory, with the model alone. All score as
many rows as the largest has in one pass. Ratios say more than seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.one_scorer import SCORING_CODE, WAYS

SIZES = (100, 1_000, 5_000)
FEATURES = ("value_mean", "value_std", "value_min", "value_max", "value_count")
KEYS_OF_PART, WINDOWS_OF_KEY = 40, 250
TRAINING_WINDOWS = 96
TRIES = 2
"""The fastest of these counts: whatever else the machine does only ever adds time."""


@dataclass(frozen=True)
class Training:
    """What training so many models took: CPU time of all processes, and the largest of them."""

    models: int
    cpu_s: float
    wall_s: float
    peak_mb: float
    size_mb: float


@dataclass(frozen=True)
class Scoring:
    """One way of scoring: `rows_per_s` is of all processes together, per second of CPU time.

    `mb` is the peak above what a process had before it loaded the model, `peak_mb` all of it.
    """

    models: int
    way: str
    load_s: float
    rows_per_s: float
    mb: float
    peak_mb: float


def write_windows(folder: Path, keys: int, windows: int, seed: int) -> None:
    """Writes windows of so many keys as parts of KEYS_OF_PART keys, sorted by key."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    ends = pd.date_range("2026-01-01T00:05Z", periods=windows, freq="5min", unit="us")
    for part, first in enumerate(range(0, keys, KEYS_OF_PART)):
        numbers = np.arange(first, min(first + KEYS_OF_PART, keys))
        key = np.repeat(numbers, windows)
        readings = 20.0 + key[:, None] % 50 + rng.normal(size=(len(key), 12))
        frame = pd.DataFrame(
            {
                "device": [f"device-{number // 4:05d}" for number in key],
                "sensor": [f"sensor-{number % 4}" for number in key],
                "window_end": np.tile(ends, len(numbers)),
                "value_mean": readings.mean(axis=1),
                "value_std": readings.std(axis=1, ddof=1),
                "value_min": readings.min(axis=1),
                "value_max": readings.max(axis=1),
                "value_count": rng.poisson(12, len(key)),
            }
        )
        frame.to_parquet(folder / f"part-{part:04d}.parquet", index=False)


def train(models: int, windows: Path, out: Path) -> Training:
    """Trains with train.py, a process for each core."""
    command = [sys.executable, str(SCORING_CODE / "train.py"), "--windows", str(windows)]
    command += ["--key", "device,sensor", "--features", ",".join(FEATURES), "--out", str(out)]
    command += ["--processes", str(_cores())]
    begin = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    wall_s = time.perf_counter() - begin
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    cpu_s = usage.ru_utime + usage.ru_stime
    return Training(models, cpu_s, wall_s, usage.ru_maxrss / 1024, size / 2**20)


def score(models: int, way: str, folder: Path, rows: int) -> Scoring:
    """Scores `rows` rows, a process for each core; the fastest try counts."""
    tries = [_score(way, folder, rows // _cores()) for _ in range(TRIES)]
    found = min(tries, key=lambda one: max(process["cpu_s"] for process in one))
    return Scoring(
        models,
        way,
        min(process["load_s"] for one in tries for process in one),
        sum(process["rows"] / process["cpu_s"] for process in found),
        max(process["mb"] for process in found),
        max(process["peak_mb"] for process in found),
    )


def _score(way: str, folder: Path, rows: int) -> list[dict[str, float]]:
    """Starts the processes, lets them begin together when all have loaded, and hears them out."""
    out = folder / "scores"
    out.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.one_scorer", way]
    command += [str(path) for path in (folder / "model", folder / "parts", out)]
    processes = [
        subprocess.Popen(
            [*command, str(number), str(_cores()), str(rows)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(_cores())
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "loaded\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return [json.loads(process.communicate()[0]) for process in processes]


def _cores() -> int:
    return os.cpu_count() or 1


def training_table(measured: list[Training]) -> Table:
    """Training; the CPU time per model and the largest process as ratios to the first."""
    table = Table("models", "CPU s", "per model", "wall s", "peak MB", "growth", "folder MB")
    first = measured[0]
    for m in measured:
        table.add_row(
            f"{m.models:,}",
            f"{m.cpu_s:.1f}",
            f"x {m.cpu_s / m.models / (first.cpu_s / first.models):.2f}",
            f"{m.wall_s:.1f}",
            f"{m.peak_mb:.0f}",
            f"x {m.peak_mb / first.peak_mb:.1f}",
            f"{m.size_mb:.1f}",
        )
    return table


def scoring_table(measured: list[Scoring]) -> Table:
    """Scoring; rates as ratios to the model alone, and to the first of the same way."""
    columns = ("models", "way", "load ms", "rows/s", "to alone", "to fewest", "MB", "peak MB")
    table = Table(*columns)
    first = {m.way: m for m in reversed(measured)}
    reference = {m.models: m for m in measured if m.way == "alone"}
    for m in measured:
        table.add_row(
            f"{m.models:,}",
            m.way,
            f"{1000 * m.load_s:.1f}",
            f"{m.rows_per_s:,.0f}",
            f"x {m.rows_per_s / reference[m.models].rows_per_s:.2f}",
            f"x {m.rows_per_s / first[m.way].rows_per_s:.2f}",
            f"{m.mb:.0f}",
            f"{m.peak_mb:.0f}",
        )
    return table


def main() -> None:
    """Measures every size, and prints two tables."""
    sizes = [int(text) for text in sys.argv[1:]] or list(SIZES)
    console = Console()
    trained, scored = [], []
    with tempfile.TemporaryDirectory() as name:
        for models in sizes:
            folder = Path(name) / str(models)
            with console.status(f"{models:,} models"):
                write_windows(folder / "training", models, TRAINING_WINDOWS, seed=1)
                write_windows(folder / "parts", models, WINDOWS_OF_KEY, seed=2)
                trained.append(train(models, folder / "training", folder / "model"))
                rows = max(sizes) * WINDOWS_OF_KEY
                scored += [score(models, way, folder, rows) for way in WAYS]
    console.print(training_table(trained))
    console.print(scoring_table(scored))


if __name__ == "__main__":
    main()
