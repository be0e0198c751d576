"""What a batch job costs beside its rows: the price of a job, by its size.

`python -m benchmarks.jobs [MODELS ...]` (100, 1,000 and 5,000) trains so many models, lays parts
into the lake of the local cloud, and has them scored by jobs of 1, 4 and 16 parts: submitted and
waited for by the app's own adapter, on a node that has just started (cold) or has just had a job
(warm). The node has a worker for each core; "direct" is the model alone, in memory, in a process
per core. A second table tells what the app would learn from these jobs: what passes without a row,
what a row takes, and how large a job must be for `chunks: auto`. Ratios say more than seconds.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.job_world import JobWorld, TimedJob, job_world, workers
from benchmarks.models import KEYS_OF_PART, SIZES, TRAINING_WINDOWS, score, train, write_windows
from domain.job_times import JobTimes, PastJob, job_times
from domain.pipeline.chunks import AUTO, Chunks
from domain.sizing import Expected, Workers, choose_sizes

PARTS = (1, 4, 16)
ROWS_OF_PART = (10_000, 100_000)
TRIES = 1
"""The fastest of these counts: whatever else the machine does only ever adds time."""


@dataclass(frozen=True)
class Shape:
    """What a job has to score."""

    models: int
    parts: int
    rows_of_part: int

    @property
    def rows(self) -> int:
        """Of all parts."""
        return self.parts * self.rows_of_part

    @property
    def deployment(self) -> str:
        """What scores it."""
        return f"models-{self.models}"

    @property
    def folder(self) -> str:
        """Where its parts are in the lake."""
        return f"windows/{self.models}/{self.parts}x{self.rows_of_part}/"


@dataclass(frozen=True)
class Direct:
    """Rows per second without jobs, on all cores: of the model alone, and of score.py."""

    alone: float
    score_py: float


@dataclass(frozen=True)
class Measured:
    """The jobs of a shape, and the most memory of a worker process."""

    shape: Shape
    cold: list[TimedJob]
    warm: list[TimedJob]
    worker_mb: float


def prepare(folder: Path, models: int) -> None:
    """Trains so many models, and writes parts of both sizes for them."""
    write_windows(folder / "training", models, TRAINING_WINDOWS, seed=1)
    train(models, folder / "training", folder / "model")
    keys = min(models // KEYS_OF_PART, max(PARTS)) * KEYS_OF_PART
    for rows in ROWS_OF_PART:
        write_windows(folder / str(rows) / "parts", keys, rows // KEYS_OF_PART, seed=2)
        (folder / str(rows) / "model").symlink_to(folder / "model")


def direct(folder: Path, models: int, rows_of_part: int) -> Direct:
    """Scores as many rows as the largest job has, without a job."""
    rows = max(PARTS) * max(ROWS_OF_PART)
    ways = ("alone", "score.py")
    found = [score(models, way, folder / str(rows_of_part), rows).rows_per_s for way in ways]
    return Direct(*found)


def measure(world: JobWorld, shape: Shape, folder: Path) -> Measured:
    """Runs the jobs of a shape: cold and warm in turn, then one that is watched from outside."""
    files = sorted((folder / str(shape.rows_of_part) / "parts").glob("*.parquet"))
    world.put(shape.folder, [files[number % len(files)] for number in range(shape.parts)])
    cold, warm = [], []
    for _ in range(TRIES):
        world.wait_without_node()
        cold.append(world.run(shape.deployment, shape.folder))
        assert world.has_node()
        warm.append(world.run(shape.deployment, shape.folder))
    name, worker_mb = world.watch(shape.deployment, shape.folder)
    assert world.scored(name) == shape.rows
    return Measured(shape, cold, warm, worker_mb)


def jobs_table(measured: list[Measured], rates: dict[tuple[int, int], Direct]) -> Table:
    """Jobs; times as ratios to the warm job of one part, and the shares of what a job does."""
    columns = ("models", "parts x rows", "node", "rows/s", "to direct", "seconds", "to 1 part")
    shares = ("overhead", "submitted", "waits", "runs", "finalizes")
    table = Table(*columns, *shares, "node-s", "worker MB")
    first: dict[int, float] = {}
    for m in measured:
        shape, rate = m.shape, rates[m.shape.models, m.shape.rows_of_part]
        direct_s = shape.rows / rate.alone
        for node, jobs in (("warm", m.warm), ("cold", m.cold)):
            job = min(jobs, key=lambda one: one.seconds)
            per_part = first.setdefault(shape.models, job.seconds)
            table.add_row(
                f"{shape.models:,}",
                f"{shape.parts} x {shape.rows_of_part:,}",
                node,
                f"{shape.rows / job.seconds:,.0f}",
                f"x {direct_s / job.seconds:.3f}",
                f"{job.seconds:.2f}",
                f"x {job.seconds / per_part:.2f}",
                f"{job.seconds - direct_s:.2f} s",
                *(f"{step / job.seconds:.0%}" for step in job.steps_s),
                f"{job.node_seconds:.2f}",
                f"{m.worker_mb:.0f}",
            )
    return table


def lessons_table(measured: list[Measured], rates: dict[tuple[int, int], Direct]) -> Table:
    """What the app would learn from the warm jobs, and how large `auto` would make them."""
    columns = ("models", "rows of a part", "without a row", "1 million rows", "to direct")
    table = Table(*columns, "to score.py", "20 % overhead at", "rows/s then", "auto: parts x rows")
    for (models, rows_of_part), rate in rates.items():
        size = [m for m in measured if m.shape.models == models]
        times = learnt([m for m in size if m.shape.rows_of_part == rows_of_part])
        row_s = times.node_seconds_per_row
        chunks = Chunks(rows_per_part=AUTO, parts_per_chunk=AUTO)
        enough = times.overhead_s * (1 - chunks.overhead) / (chunks.overhead * row_s)
        sized = choose_sizes(chunks, times, Workers(1, workers()), Expected())
        table.add_row(
            f"{models:,}",
            f"{rows_of_part:,}",
            f"{times.overhead_s:.2f} s",
            f"{row_s * 1e6:.2f} s",
            f"x {row_s * rate.alone:.1f}",
            f"x {row_s * rate.score_py:.1f}",
            f"{enough:,.0f} rows",
            f"{enough / (times.overhead_s + enough * row_s):,.0f}",
            f"{sized.parts_per_chunk} x {sized.rows_per_part:,}",
        )
    return table


def learnt(measured: list[Measured]) -> JobTimes:
    """What the app's own estimate makes of the warm jobs."""
    past = [
        PastJob(job.name, m.shape.rows, 1, job.submitted_at, job.running_at, job.ended_at)
        for m in measured
        for job in m.warm
    ]
    times = job_times(past)
    assert times is not None
    return times


def main() -> None:
    """Measures every size, and prints two tables."""
    sizes = [int(text) for text in sys.argv[1:]] or list(SIZES)
    console = Console()
    measured: list[Measured] = []
    rates: dict[tuple[int, int], Direct] = {}
    with tempfile.TemporaryDirectory() as name:
        folders = {models: Path(name) / str(models) for models in sizes}
        for models, folder in folders.items():
            with console.status(f"{models:,} models without jobs"):
                prepare(folder, models)
                for rows in ROWS_OF_PART:
                    rates[models, rows] = direct(folder, models, rows)
        trained = {f"models-{models}": folder / "model" for models, folder in folders.items()}
        with job_world(Path(name) / "world", trained) as world:
            warm_up(world, folders[sizes[0]], sizes[0])
            for models, folder in folders.items():
                for shape in (Shape(models, p, rows) for rows in ROWS_OF_PART for p in PARTS):
                    with console.status(f"{models:,} models, {shape.parts} x {shape.rows_of_part}"):
                        measured.append(measure(world, shape, folder))
    console.print(jobs_table(measured, rates))
    console.print(lessons_table(measured, rates))


def warm_up(world: JobWorld, folder: Path, models: int) -> None:
    """A job before all others: the SDK is imported, and every server has answered once."""
    shape = Shape(models, 1, min(ROWS_OF_PART))
    world.put("windows/first/", [folder / str(shape.rows_of_part) / "parts" / "part-0000.parquet"])
    world.run(shape.deployment, "windows/first/")


if __name__ == "__main__":
    main()
