"""Where things lie in the lake."""

import inspect
import re
from collections.abc import Callable

import pytest

from domain import lake_paths

RUN = ("fleet", "fleet-r1")
OF_A_RUN = [
    function
    for name, function in inspect.getmembers(lake_paths, inspect.isfunction)
    if not name.startswith("_") and name != "part"
]


def test_every_path_is_as_it_is_documented() -> None:
    """People look for their data here, and other tools read it."""
    chunk = lake_paths.chunk_folder(*RUN, 1, 2)
    assert lake_paths.part(chunk, 3) == (
        "windows/pipeline=fleet/run=fleet-r1/slice=00001/chunk=002/part-003.parquet"
    )
    assert lake_paths.scores_folder(*RUN, 7, 2) == (
        "scores/pipeline=fleet/run=fleet-r1/chunk=00007/attempt=2/"
    )
    assert lake_paths.quarantine(*RUN, 1) == (
        "quarantine/pipeline=fleet/run=fleet-r1/slice=00001.parquet"
    )
    assert lake_paths.dead_letter(*RUN, 7) == "dead/pipeline=fleet/run=fleet-r1/chunk=00007.json"
    notes = "runs/pipeline=fleet/run=fleet-r1/"
    assert lake_paths.pinned_pipeline(*RUN) == notes + "pipeline.json"
    assert lake_paths.slice_note(*RUN, 1) == notes + "slices/00001.json"
    assert lake_paths.written_note(*RUN, 1) == notes + "written/00001.json"
    assert lake_paths.segment_note(*RUN, 1) == notes + "segments/00001.json"


@pytest.mark.parametrize("function", OF_A_RUN, ids=lambda function: function.__name__)
def test_a_path_belongs_to_one_run(function: Callable[..., str]) -> None:
    """Pipeline and run stand in every path, as key=value, so that query engines prune by them."""
    numbers = [5] * (len(inspect.signature(function).parameters) - 2)
    path = function("p1", "r1", *numbers)
    assert re.match(r"[a-z]+/pipeline=p1/run=r1/", path)
    assert function("p1", "r2", *numbers) != path != function("p2", "r1", *numbers)


def test_a_folder_ends_with_a_slash() -> None:
    """So that chunk 1 is not a prefix of chunk 10."""
    for folder in (lake_paths.chunk_folder(*RUN, 1, 1), lake_paths.scores_folder(*RUN, 1, 1)):
        assert folder.endswith("/")
    assert not lake_paths.scores_folder(*RUN, 1, 10).startswith(
        lake_paths.scores_folder(*RUN, 1, 1)
    )
