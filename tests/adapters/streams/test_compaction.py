"""One file of many; whoever dies on the way leaves nothing behind that counts twice or not."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from adapters.aggregation import Limits
from adapters.streams.compaction import compact
from adapters.streams.folders import list_intervals
from domain.errors import TransientError
from domain.pipeline import Pipeline
from tests.adapters.streams.scenes import ids_in, landed, patient, quarter
from tests.streams.memory_lake import MemoryLake

IDS = [("3", number, 0) for number in range(100, 104)] + [("4", 100, 0)]


@pytest.fixture
def pipeline() -> Pipeline:
    """A stream."""
    return patient()


@pytest.fixture
def lake(pipeline: Pipeline) -> MemoryLake:
    """Five events of an interval in three files and once more, and one of another interval."""
    found = MemoryLake()
    landed(found, pipeline, [1, 2, 3], 100)
    landed(found, pipeline, [2, 3, 4, 16], 101)
    landed(found, pipeline, [1], 100, "4")
    return found


def compacted(lake: MemoryLake, pipeline: Pipeline, folder: Path) -> int:
    """How many files became one."""
    folder.mkdir()
    return compact(lake, pipeline.name, quarter(1), folder, Limits("256MB", 1))


def content(lake: MemoryLake, pipeline: Pipeline) -> list[tuple[str, int, int]]:
    """The events that count of the interval, as often as they lie there."""
    [files] = list_intervals(lake, pipeline.name, [quarter(1)])
    return sorted(ids_in(lake, files.paths).elements())


def test_many_files_become_one(lake: MemoryLake, pipeline: Pipeline, tmp_path: Path) -> None:
    """With every event once; the other intervals stay as they are."""
    assert compacted(lake, pipeline, tmp_path / "1") == 3
    assert content(lake, pipeline) == IDS
    [files] = list_intervals(lake, pipeline.name, [quarter(1)])
    assert files.compacted is not None and files.events == 5
    assert (files.small, files.left_over) == ((), ())
    assert sum("interval=2026-01-01T12-15" in path for path in lake.blobs) == 2
    assert sum("interval=2026-01-01T12-30" in path for path in lake.blobs) == 1


def test_doing_it_again_changes_nothing(
    lake: MemoryLake, pipeline: Pipeline, tmp_path: Path
) -> None:
    """There is nothing to do any more; neither in an interval where nothing landed."""
    compacted(lake, pipeline, tmp_path / "1")
    before = dict(lake.blobs)
    assert compacted(lake, pipeline, tmp_path / "2") == 0
    assert lake.blobs == before
    assert compact(lake, pipeline.name, quarter(91), tmp_path / "3", Limits("256MB", 1)) == 0


def test_what_lands_later_is_added(lake: MemoryLake, pipeline: Pipeline, tmp_path: Path) -> None:
    """Also when it is partly known; the file before is gone."""
    compacted(lake, pipeline, tmp_path / "1")
    landed(lake, pipeline, [4, 5], 103)
    assert compacted(lake, pipeline, tmp_path / "2") == 2
    assert content(lake, pipeline) == sorted([*IDS, ("3", 104, 0)])
    assert sum("interval=2026-01-01T12-15" in path for path in lake.blobs) == 2


def test_a_batch_that_comes_again_is_left_over(
    lake: MemoryLake, pipeline: Pipeline, tmp_path: Path
) -> None:
    """It was compacted before: the next time its file is deleted, and nothing else is done."""
    compacted(lake, pipeline, tmp_path / "1")
    before = dict(lake.blobs)
    landed(lake, pipeline, [1, 2, 3], 100)
    assert content(lake, pipeline) == IDS
    assert compacted(lake, pipeline, tmp_path / "2") == 0
    assert lake.blobs == before


def test_it_may_die_after_every_change(pipeline: Pipeline, tmp_path: Path) -> None:
    """What counts stays the same at any moment, and the next one brings it to an end."""
    for changes in itertools.count():
        lake = MemoryLake()
        landed(lake, pipeline, [1, 2, 3], 100)
        landed(lake, pipeline, [2, 3, 4], 101)
        compacted(lake, pipeline, tmp_path / f"{changes}-1")
        landed(lake, pipeline, [1], 100, "4")
        try:
            with lake.dying_after(changes):
                compacted(lake, pipeline, tmp_path / f"{changes}-2")
        except TransientError:
            assert sorted(set(content(lake, pipeline))) == IDS
            landed(lake, pipeline, [4], 103)
            compacted(lake, pipeline, tmp_path / f"{changes}-3")
            assert content(lake, pipeline) == IDS
        else:
            break
    assert changes == 4  # the file, the note, and what is in it: the file before and a small one


def test_a_compaction_that_was_overtaken_changes_nothing(
    lake: MemoryLake, pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before one writes, another compacts as well, with more that has landed meanwhile: what the
    slower one has read is out of date, and nothing of the quicker one is lost."""

    upload = lake.upload

    def overtaken(path: str, source: Path) -> None:
        monkeypatch.undo()
        landed(lake, pipeline, [6], 105)
        assert compacted(lake, pipeline, tmp_path / "quick") == 4
        upload(path, source)

    monkeypatch.setattr(lake, "upload", overtaken)
    assert compacted(lake, pipeline, tmp_path / "slow") == 0

    assert content(lake, pipeline) == sorted([*IDS, ("3", 105, 0)])
    landed(lake, pipeline, [7], 106)
    compacted(lake, pipeline, tmp_path / "next")
    assert content(lake, pipeline) == sorted([*IDS, ("3", 105, 0), ("3", 106, 0)])


def test_a_compacted_file_without_a_note_does_not_stay(
    lake: MemoryLake, pipeline: Pipeline, tmp_path: Path
) -> None:
    """Whoever died before the note left it: it never counts, and the next time removes it."""
    with lake.dying_after(1), pytest.raises(TransientError):
        compacted(lake, pipeline, tmp_path / "1")
    landed(lake, pipeline, [6], 105)  # so that the next one has another name
    assert content(lake, pipeline).count(("3", 105, 0)) == 1
    compacted(lake, pipeline, tmp_path / "2")
    assert content(lake, pipeline) == sorted([*IDS, ("3", 105, 0)])
    assert sum("compacted-" in path for path in lake.blobs) == 1
