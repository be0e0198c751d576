"""Sizes are decided once per run, from the jobs of the same deployment."""

from __future__ import annotations

import json
from collections.abc import Callable

from activities.size_chunks import size_chunks, sizes_of
from domain import lake_paths
from domain.messages import Run, Sized, SizeOrder
from domain.pipeline import Pipeline
from tests.activities.runs import NOTE, new_run, pipeline, scored_run
from tests.streams.memory_lake import MemoryLake

Known = Callable[[Pipeline], Pipeline]


def sized(run: Run, events: int | None = 10_000_000) -> Sized:
    """What the activity answers."""
    return Sized.from_json(size_chunks(SizeOrder(run=run, events=events).to_json()))


def test_past_jobs_decide(known: Known, lake: MemoryLake) -> None:
    """Windows are expected by the events of past runs, and eight jobs share them."""
    one = known(pipeline())
    scored_run(lake, one, 0, NOTE, 10, 60)
    scored_run(lake, one, 1, NOTE, 20, 40)
    found = sized(new_run(lake, one, 2))
    assert found.why.startswith(
        "from 4 past jobs: 30 s overhead, 1 ms per row; 10 million events give about 3 million "
        "windows; jobs of 25 parts x 15,000 rows take about 6.8 min"
    )
    assert (found.rows_per_part, found.parts_per_chunk) == (15_000, 25)


def test_jobs_of_other_deployments_say_nothing(known: Known, lake: MemoryLake) -> None:
    """Another model takes other times; a run of which nothing is known takes them all."""
    one = known(pipeline())
    scored_run(lake, one, 0, NOTE | {"deployment": "green"}, 10, 20, 30, 40)
    assert "not enough past jobs" in sized(new_run(lake, one, 2)).why
    assert "from 4 past jobs" in sized(new_run(lake, one, 3, note=None)).why


def test_what_was_decided_stays(known: Known, lake: MemoryLake) -> None:
    """A retry finds the note, though more jobs have ended meanwhile."""
    one = known(pipeline())
    run = new_run(lake, one, 5)
    first = sized(run)
    scored_run(lake, one, 0, NOTE, 10, 20, 30, 40)
    assert sized(run) == first
    assert sizes_of(run, one) == (first.rows_per_part, first.parts_per_chunk)


def test_whoever_decides_at_the_same_moment_decides_for_both(
    known: Known, lake: MemoryLake
) -> None:
    """The note that is there first counts."""
    one = known(pipeline())
    run = new_run(lake, one)
    theirs = Sized(rows_per_part=7, parts_per_chunk=3, why="they were quicker")
    note = lake_paths.sizes_note(run.pipeline, run.run_id)

    def they_write(path: str) -> None:
        if path.endswith("pipeline.json"):
            lake.blobs[note] = json.dumps({"sizes": theirs.to_json(), "events": 1}).encode()

    with lake.told_before_reading(they_write):
        assert sized(run) == theirs


def test_a_table_has_as_many_windows_as_it_had(known: Known, lake: MemoryLake) -> None:
    """Nobody knows how many rows a query will give."""
    one = known(pipeline())
    scored_run(lake, one, 0, NOTE, 10, 20, 30)
    assert "a run has about 300 windows" in sized(new_run(lake, one, 1), events=None).why


def test_numbers_and_runs_without_a_note_are_as_the_file_says(
    known: Known, lake: MemoryLake
) -> None:
    """Past jobs are not even looked at."""
    one = known(pipeline(chunks={"rows_per_part": 10, "parts_per_chunk": 2}))
    run = new_run(lake, one)
    assert sizes_of(run, one) == (10, 2)
    assert sized(run).why == "10 rows x 2 parts, as the pipeline's file says"
