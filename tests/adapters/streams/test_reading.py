"""Files may be compacted between the moment in which they are listed and that of reading."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from adapters.aggregation import Limits
from adapters.streams.compaction import compact
from adapters.streams.folders import IntervalFiles, list_intervals
from adapters.streams.reading import MOST_LISTINGS, fetch
from domain.errors import LakeError, TransientError
from domain.pipeline import Pipeline
from tests.adapters.streams.scenes import ids_in, landed, patient, quarter
from tests.streams.memory_lake import MemoryLake

LIMITS = Limits("256MB", 1)


@pytest.fixture
def pipeline() -> Pipeline:
    """A stream."""
    return patient()


@pytest.fixture
def lake(pipeline: Pipeline) -> MemoryLake:
    """Two small files of one interval."""
    found = MemoryLake()
    landed(found, pipeline, [1, 2], 100)
    landed(found, pipeline, [2, 3], 102)
    return found


def listed(lake: MemoryLake, pipeline: Pipeline) -> IntervalFiles:
    """The interval as it is."""
    [files] = list_intervals(lake, pipeline.name, [quarter(1)])
    return files


def test_files_are_fetched(lake: MemoryLake, pipeline: Pipeline, tmp_path: Path) -> None:
    """As they are, in their order; nothing has to be said about them."""
    paths = listed(lake, pipeline).paths
    found = fetch(lake, pipeline.name, quarter(1), paths, tmp_path / "new")
    assert [file.read_bytes() for file in found.files] == [lake.blobs[path] for path in paths]
    assert found.instead is None


def test_a_file_that_was_compacted_is_read_in_the_compacted_one(
    lake: MemoryLake, pipeline: Pipeline, tmp_path: Path
) -> None:
    """Everything that counts by then is fetched, and what that is, is told."""
    before = listed(lake, pipeline)
    expected = ids_in(lake, before.paths)
    compact(lake, pipeline.name, quarter(1), tmp_path, LIMITS)
    landed(lake, pipeline, [4], 104)
    found = fetch(lake, pipeline.name, quarter(1), before.paths, tmp_path / "new")
    assert found.instead == listed(lake, pipeline)
    assert found.instead.coverage.holds(before.small[0])
    for number, file in enumerate(found.files):
        lake.write_bytes(f"fetched/{number}", file.read_bytes())
    fetched = ids_in(lake, [f"fetched/{n}" for n in range(len(found.files))])
    assert fetched == expected + Counter([("3", 104, 0)])


def test_it_may_be_compacted_again_and_again(
    lake: MemoryLake, pipeline: Pipeline, tmp_path: Path
) -> None:
    """Whatever is read in the end is what counts then."""
    paths, moments = listed(lake, pipeline).paths, iter([1, 2])
    is_compacting = threading.Lock()

    def compacts(_: str) -> None:
        if not is_compacting.acquire(blocking=False):
            return  # this is the compaction that reads, or a file that came off well
        try:
            for moment in islice(moments, 1):
                landed(lake, pipeline, [5], 200 + moment)
                folder = tmp_path / f"{moment}"
                folder.mkdir()
                compact(lake, pipeline.name, quarter(1), folder, LIMITS)
        finally:
            is_compacting.release()

    with lake.told_before_reading(compacts):
        found = fetch(lake, pipeline.name, quarter(1), paths, tmp_path / "new")
    assert next(moments, None) is None
    assert found.instead == listed(lake, pipeline)
    assert [s[:2] for s in found.instead.coverage.stretches["3"]] == [(100, 103), (201, 202)]


def test_a_file_that_is_just_gone_is_an_error(
    lake: MemoryLake, pipeline: Pipeline, tmp_path: Path
) -> None:
    """Nothing may be read in its place: neither if there is nothing else, nor if every listing
    names what cannot be read."""
    paths = listed(lake, pipeline).paths
    lake.write_json(
        listed(lake, pipeline).folder + "compacted.json",
        {"file": "gone", "events": 4, "coverage": listed(lake, pipeline).coverage.to_json()},
    )
    with pytest.raises(LakeError, match="gone"):
        fetch(lake, pipeline.name, quarter(1), ["raw/gone"], tmp_path / "a")
    assert len(list((tmp_path / "a").iterdir())) == MOST_LISTINGS
    lake.blobs.clear()
    with pytest.raises(LakeError, match="partition=3/seq=100"):
        fetch(lake, pipeline.name, quarter(1), paths, tmp_path / "b")


def test_other_errors_are_not_mistaken_for_it(
    lake: MemoryLake, pipeline: Pipeline, tmp_path: Path
) -> None:
    """A lake that is away for a moment has to be asked again by whoever wanted it."""

    def away(path: str) -> None:
        raise TransientError("lake", path, "away")

    with lake.told_before_reading(away), pytest.raises(TransientError):
        fetch(lake, pipeline.name, quarter(1), listed(lake, pipeline).paths, tmp_path / "new")
