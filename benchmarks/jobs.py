"""What a batch job costs beside its rows: the price of a job, by its size.

`python -m benchmarks.jobs [MODELS ...]` (100, 1,000 and 5,000) trains so many models, lays parts
into the lake of the local cloud, and has them scored by jobs of 1 to 64 parts: submitted and waited
for by the app's own adapter, on a node that has to start (cold) or has just had a job (warm). The
node has a worker for each core; "direct" is the model alone, in memory, in a process per core.

It prints three tables: what jobs of each size take, what they do meanwhile, and what the app would
learn from them: what passes without a row, what a row takes, and how large `chunks: auto` would
make a job. Ratios say more than seconds.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks.job_world import JobWorld, job_world
from benchmarks.jobs_report import (
    Direct,
    Measured,
    Rates,
    Shape,
    jobs_table,
    lessons_table,
    steps_table,
)
from benchmarks.models import KEYS_OF_PART, SIZES, TRAINING_WINDOWS, score, train, write_windows

SMALL, LARGE = 10_000, 100_000
SIZES_OF_JOBS = (
    (1, SMALL),
    (4, SMALL),
    (16, SMALL),
    (1, LARGE),
    (4, LARGE),
    (16, LARGE),
    (64, LARGE),
)
"""Parts, and rows of each. The last is large enough for its overhead to be a small share."""

KEYS_OF_JOB = 16 * KEYS_OF_PART
TRIES = 3
"""The fastest of these counts: whatever else the machine does only ever adds time."""


def prepare(folder: Path, models: int) -> None:
    """Trains so many models, and writes parts of both sizes for them."""
    write_windows(folder / "training", models, TRAINING_WINDOWS, seed=1)
    train(models, folder / "training", folder / "model")
    keys = min(models // KEYS_OF_PART * KEYS_OF_PART, KEYS_OF_JOB)
    for rows in (SMALL, LARGE):
        write_windows(folder / str(rows) / "parts", keys, rows // KEYS_OF_PART, seed=2)
        (folder / str(rows) / "model").symlink_to(folder / "model")


def direct(folder: Path, models: int, rows_of_part: int) -> Direct:
    """Scores as many rows as a large job has, without a job."""
    ways = ("alone", "score.py")
    parts = folder / str(rows_of_part)
    return Direct(*(score(models, way, parts, 16 * LARGE).rows_per_s for way in ways))


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


def main() -> None:
    """Measures every size, and prints three tables."""
    sizes = [int(text) for text in sys.argv[1:]] or list(SIZES)
    console = Console()
    measured: list[Measured] = []
    rates: Rates = {}
    with tempfile.TemporaryDirectory() as name:
        folders = {models: Path(name) / str(models) for models in sizes}
        for models, folder in folders.items():
            with console.status(f"{models:,} models without jobs"):
                prepare(folder, models)
                for rows in (SMALL, LARGE):
                    rates[models, rows] = direct(folder, models, rows)
        trained = {f"models-{models}": folder / "model" for models, folder in folders.items()}
        with job_world(Path(name) / "world", trained) as world:
            warm_up(world, folders[sizes[0]], sizes[0])
            for models, folder in folders.items():
                for size in SIZES_OF_JOBS:
                    shape = Shape(models, *size)
                    with console.status(f"{models:,} models, jobs of {shape.size} rows"):
                        measured.append(measure(world, shape, folder))
    console.print(jobs_table(measured, rates))
    console.print(steps_table(measured))
    console.print(lessons_table(measured, rates))


def warm_up(world: JobWorld, folder: Path, models: int) -> None:
    """A job before all others: the SDK is imported, and every server has answered once."""
    shape = Shape(models, 1, SMALL)
    world.put("windows/first/", [folder / str(SMALL) / "parts" / "part-0000.parquet"])
    world.run(shape.deployment, "windows/first/")


if __name__ == "__main__":
    main()
