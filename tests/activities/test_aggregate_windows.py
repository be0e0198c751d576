"""Windows are cut into parts as the run's note says, whatever keys they belong to."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from activities.aggregate_windows import aggregate_windows
from activities.list_inputs import list_inputs
from domain import lake_paths
from domain.messages import Run, Sized, SliceOrder
from domain.pipeline import Pipeline
from tests.activities.runs import DAY, new_run
from tests.adapters.pipelines import reading_pipeline
from tests.streams.memory_lake import MemoryLake

Known = Callable[[Pipeline], Pipeline]
SKEWED = {"busy": 30, "idle": 2, "late": 1}
"""Windows by key."""


def readings() -> bytes:
    """One reading per window."""
    rows = [
        {"ts": DAY + timedelta(minutes=5 * n + 1), "device": key, "value": float(n)}
        for key, count in SKEWED.items()
        for n in range(count)
    ]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def parts_of(lake: MemoryLake, run: Run) -> dict[str, list[str]]:
    """The keys of every part's rows, by the part's path in the run."""
    assert list_inputs(run.to_json())["slices"] == 1
    aggregate_windows(SliceOrder(run=run, slice=1).to_json())
    root = lake_paths.slice_windows(run.pipeline, run.run_id, 1)
    return {
        file.path.removeprefix(root): pq.read_table(io.BytesIO(lake.read_bytes(file.path)))[
            "device"
        ].to_pylist()
        for file in lake.list(root)
    }


def test_a_key_with_many_windows_is_split_over_parts(known: Known, lake: MemoryLake) -> None:
    """Parts are cut by rows, so that one key cannot make one part, or one worker, slow."""
    run = new_run(lake, known(reading_pipeline()))
    lake.write_bytes("raw/readings.parquet", readings())
    sized = Sized(rows_per_part=10, parts_per_chunk=2, why="of the note")
    note = {"sizes": sized.to_json(), "events": None}
    lake.write_json(lake_paths.sizes_note(run.pipeline, run.run_id), note)
    assert parts_of(lake, run) == {
        "chunk=001/part-000.parquet": ["busy"] * 10,
        "chunk=001/part-001.parquet": ["busy"] * 10,
        "chunk=002/part-000.parquet": ["busy"] * 10,
        "chunk=002/part-001.parquet": ["idle", "idle", "late"],
    }


def test_without_a_note_the_file_says_how_large_parts_are(known: Known, lake: MemoryLake) -> None:
    """As for runs that began before there were notes."""
    data = reading_pipeline().model_dump(mode="json")
    one = Pipeline.model_validate({**data, "chunks": {"rows_per_part": 20}})
    run = new_run(lake, known(one))
    lake.write_bytes("raw/readings.parquet", readings())
    assert [len(keys) for keys in parts_of(lake, run).values()] == [20, 13]
