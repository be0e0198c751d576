"""The files of a stream: names that tell which events they hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intervals import Interval
from domain.raw_files import (
    Coverage,
    RawFile,
    batch_file,
    interval_folder,
    parse_name,
    repaired_file,
    stream_folder,
)

NOON_MS = 1_767_268_800_000
numbers = st.integers(0, 2**63 - 1)
partitions = st.integers(0, 2_000).map(str)


def test_paths_are_what_the_layout_says() -> None:
    """Every name in one place."""
    interval = Interval(NOON_MS * 1_000, 900_000_000)
    assert stream_folder("fleet") == "raw/pipeline=fleet/"
    assert interval_folder("fleet", interval) == (
        "raw/pipeline=fleet/interval=2026-01-01T12-00-00Z/"
    )
    assert batch_file("3", 1000, 1999, 640, 17).name == "partition=3/seq=1000-1999-640-17.parquet"
    assert repaired_file("3", 1004, 2, "5f2a9c31").name == (
        "partition=3/repaired=1004-2-5f2a9c31.parquet"
    )


@given(partitions, numbers, numbers, st.integers(1, 10**6), numbers)
def test_names_are_read_back(partition: str, first: int, more: int, events: int, at: int) -> None:
    """As the file that they were made for."""
    file = batch_file(partition, first, first + more, events, at)
    assert parse_name(file.name) == file and not file.is_repaired
    repaired = repaired_file(partition, first, events, f"{more % 16**8:08x}")
    assert parse_name(repaired.name) == repaired and repaired.is_repaired


@pytest.mark.parametrize(
    "name",
    [
        "compacted.json",
        "compacted-5f2a9c31d07e44b2.parquet",
        "partition=3/seq=1-2-3.parquet",
        "partition=3/seq=1-2-3-4.parquet.tmp",
        "partition=3/repaired=1-2-xyz.parquet",
        "x/partition=3/seq=1-2-3-4.parquet",
    ],
)
def test_other_names_mean_nothing(name: str) -> None:
    """Whatever else lies in the folder is not read as a small file."""
    assert parse_name(name) is None


def files_of(cuts: list[tuple[int, int]], own: list[bool]) -> list[RawFile]:
    """What the stretches of one partition leave in an interval; `own` are the events that are in
    it, by sequence number. Events arrive a second apart."""
    found = []
    for start, length in cuts:
        held = [n for n in range(start, min(start + length, len(own))) if own[n]]
        if held:
            arrived = NOON_MS + held[0] * 1_000
            found.append(batch_file("3", held[0], held[-1], len(held), arrived))
    return found


events = st.lists(st.booleans(), min_size=1, max_size=30)
cuts = st.lists(st.tuples(st.integers(0, 29), st.integers(1, 30)), max_size=6)


def numbers_of(files: list[RawFile], own: list[bool]) -> set[int]:
    """Which events are in the files."""
    return {n for file in files for n in range(file.first, file.last + 1) if own[n]}


@given(own=events, before=cuts, later=cuts)
def test_coverage_claims_no_event_that_is_not_there(
    own: list[bool], before: list[tuple[int, int]], later: list[tuple[int, int]]
) -> None:
    """A file is held only if each of its events is in the files that the coverage is of."""
    known, new = files_of(before, own), files_of(later, own)
    coverage = Coverage.of(known)
    for file in new:
        if coverage.holds(file):
            assert numbers_of([file], own) <= numbers_of(known, own)
    assert all(coverage.holds(file) for file in known)


@given(own=events, before=cuts, later=cuts)
def test_coverage_grows(
    own: list[bool], before: list[tuple[int, int]], later: list[tuple[int, int]]
) -> None:
    """With new files it holds those and all it held; it is the same in whatever order they came,
    and as JSON."""
    repaired = repaired_file("3", 7, 0, "5f2a9c31")
    known = Coverage.of([*files_of(before, own), repaired])
    new = files_of(later, own)
    grown = Coverage.of(new, known)
    assert known.within(grown) and Coverage.of(new).within(grown)
    assert all(grown.holds(file) for file in [*files_of(before, own), *new, repaired])
    assert grown == Coverage.of([*new, repaired, *files_of(before, own)])
    assert Coverage.from_json(json.loads(json.dumps(grown.to_json()))) == grown


def test_a_gap_is_not_covered() -> None:
    """What lies in it may belong to the interval, and not have landed yet."""
    coverage = Coverage.of([batch_file("3", 0, 9, 10, 100), batch_file("3", 20, 29, 10, 300)])
    assert not coverage.holds(batch_file("3", 10, 19, 5, 200))
    assert not coverage.holds(batch_file("3", 5, 25, 5, 150))
    assert coverage.holds(batch_file("3", 5, 9, 2, 150))
    assert not Coverage.of([batch_file("3", 5, 25, 5, 150)]).within(coverage)
    narrow = Coverage.of([batch_file("3", 0, 9, 10, 100), batch_file("3", 11, 29, 19, 300)])
    assert not narrow.holds(batch_file("3", 10, 10, 1, 200))
    assert not narrow.holds(batch_file("3", 5, 15, 11, 150))


def test_partitions_and_repairs_are_their_own() -> None:
    """The same numbers of another partition, and another repair of the same event, are not held."""
    coverage = Coverage.of([batch_file("3", 0, 9, 10, 100), repaired_file("3", 7, 0, "5f2a9c31")])
    assert not coverage.holds(batch_file("4", 0, 9, 10, 100))
    assert not coverage.holds(repaired_file("3", 7, 0, "00000000"))
    assert not coverage.holds(repaired_file("3", 7, 1, "5f2a9c31"))


def test_a_hub_that_was_made_anew_counts_from_the_same_number() -> None:
    """Its events are told by their arrival, whichever of the same numbers they have."""
    old = [batch_file("3", n, n + 9, 10, 100 + n) for n in range(0, 100, 10)]
    new = [batch_file("3", n, n + 9, 10, 500 + n) for n in range(0, 90, 10)]
    coverage = Coverage.of(old)
    assert not any(coverage.holds(file) for file in new)
    both = Coverage.of(new[:3], coverage)
    assert all(both.holds(file) for file in [*old, *new[:3]])
    assert not any(both.holds(file) for file in new[3:])
    assert not Coverage.of(new).within(coverage) and not Coverage.of(new).within(both)
    assert Coverage.of(new, both) == Coverage.of([*new, *old])


def test_coverage_stays_small() -> None:
    """A day's batches without a gap are one stretch."""
    files = [batch_file("3", n * 100, n * 100 + 99, 100, n) for n in range(2_000)]
    assert Coverage.of(files).to_json()["stretches"] == {"3": [[0, 199_999, 0, 199_900, 1_999]]}


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 9), st.integers(0, 50)),
        min_size=1,
        max_size=12,
    )
)
def test_what_was_read_is_held_whatever_the_arrivals(found: list[tuple[int, int, int]]) -> None:
    """Also if a hub's clock went back: or the same events would be new for ever."""
    files = [batch_file("3", first, first + more, more + 1, at) for first, more, at in found]
    coverage = Coverage.of(files)
    assert all(coverage.holds(file) for file in files)
    assert coverage.within(coverage) and coverage.within(Coverage.of(files[:1], coverage))
