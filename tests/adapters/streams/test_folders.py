"""What counts of an interval is told by the listing of its folder."""

from __future__ import annotations

from adapters.streams.folders import MOST_FOLDERS, list_days, list_intervals
from domain.intervals import interval_of, intervals_between
from domain.raw_files import COMPACTED_NOTE, Coverage, interval_folder
from tests.adapters.landing.streams import HOUR, MINUTE, NOON, SECOND, stream
from tests.adapters.streams.scenes import QUARTER, landed, names, patient, quarter
from tests.streams.memory_lake import MemoryLake


def test_intervals_are_listed_in_order_without_those_that_are_empty() -> None:
    """Each with its small files, how many events they have, and what they cover."""
    lake, pipeline = MemoryLake(), patient()
    landed(lake, pipeline, [31, 1, 2, 32], 100)
    landed(lake, pipeline, [3], 104)
    found = list_intervals(lake, pipeline.name, [quarter(1), quarter(16), quarter(31)])
    assert [files.interval for files in found] == [quarter(1), quarter(31)]
    assert names(found) == [["101-102", "104-104"], ["100-103"]]
    assert [files.events for files in found] == [3, 2]
    assert found[0].paths == [found[0].folder + one.name for one in found[0].small]
    assert found[0].coverage == Coverage.of(found[0].small)
    assert list_intervals(lake, pipeline.name, []) == []


def test_many_intervals_are_listed_by_the_day() -> None:
    """With the same answer, in fewer questions: one for each day."""
    lake, pipeline = MemoryLake(), patient()
    landed(lake, pipeline, [1, 60, 15 * 60, 31 * 60], 100)
    wanted = intervals_between(NOON + 1, NOON + 20 * HOUR, QUARTER)
    assert len(wanted) > MOST_FOLDERS
    lake.listed.clear()
    found = list_intervals(lake, pipeline.name, wanted)
    assert len(lake.listed) == 2
    assert [files.interval for files in found] == [quarter(1), quarter(60), quarter(15 * 60)]
    assert found == list_intervals(lake, pipeline.name, [files.interval for files in found])


def test_what_the_compacted_file_holds_is_left_over() -> None:
    """The note says what it holds; the other small files count beside it."""
    lake, pipeline = MemoryLake(), patient()
    for first in (100, 102, 104):
        landed(lake, pipeline, [1, 2], first)
    [before] = list_intervals(lake, pipeline.name, [quarter(1)])
    note = {"file": "compacted-1.parquet", "events": 3}
    held = Coverage.of(before.small[:2])
    lake.write_json(before.folder + COMPACTED_NOTE, note | {"coverage": held.to_json()})
    [found] = list_intervals(lake, pipeline.name, [quarter(1)])
    assert found.left_over == before.small[:2] and found.small == before.small[2:]
    assert found.compacted is not None and found.compacted.coverage == held
    assert found.paths == [f"{found.folder}compacted-1.parquet", found.folder + found.small[0].name]
    assert found.events == 3 + 2
    assert found.coverage == before.coverage


def test_files_that_mean_nothing_do_not_count() -> None:
    """Such as a compacted file whose note was never written."""
    lake, pipeline = MemoryLake(), patient()
    landed(lake, pipeline, [1])
    folder = interval_folder(pipeline.name, quarter(1))
    for name in ("compacted-1.parquet", "partition=3/seq=1-2.parquet", "x"):
        lake.write_bytes(folder + name, b"")
    [found] = list_intervals(lake, pipeline.name, [quarter(1)])
    assert names([found]) == [["100-100"]] and len(found.paths) == 1


def test_new_are_the_events_of_files_that_are_not_known() -> None:
    """None is told apart from files whose events are no more than some that are known."""
    lake, pipeline = MemoryLake(), patient()
    landed(lake, pipeline, [1, 2], 100)
    [first] = list_intervals(lake, pipeline.name, [quarter(1)])
    landed(lake, pipeline, [1, 2, 3], 102)
    [both] = list_intervals(lake, pipeline.name, [quarter(1)])
    assert first.new_events(Coverage()) == 2
    assert first.new_events(first.coverage) is None
    assert both.new_events(first.coverage) == 3
    note = {"file": "c", "events": 5, "coverage": both.coverage.to_json()}
    lake.write_json(both.folder + COMPACTED_NOTE, note)
    [compacted] = list_intervals(lake, pipeline.name, [quarter(1)])
    assert compacted.new_events(both.coverage) is None
    assert compacted.new_events(first.coverage) == 5


def test_days_tell_the_intervals_with_small_files() -> None:
    """Neither those that are compacted, nor those of another `score_every`."""
    lake, pipeline = MemoryLake(), patient()
    landed(lake, pipeline, [1, 12 * 60, -13 * 60])
    lake.write_json(interval_folder(pipeline.name, quarter(31)) + COMPACTED_NOTE, {})
    other = stream({"score_every": "7s", "early_arrival": "1d"})
    landed(lake, other.model_copy(update={"name": pipeline.name}), [70], 200)
    found = list_days(lake, pipeline.name, QUARTER, ["2026-01-01", "2026-01-02"])
    assert found == [quarter(1), quarter(12 * 60)]
    [seven] = list_days(lake, pipeline.name, 7 * SECOND, ["2026-01-01"])
    assert seven == interval_of(NOON + 70 * MINUTE, 7 * SECOND)
    assert list_days(lake, pipeline.name, QUARTER, []) == []
