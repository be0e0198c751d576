"""Quality notes are read from the lake: those of the right attempts, however many there are."""

from __future__ import annotations

import threading
import tracemalloc

import pytest

from adapters.quality_notes import AT_ONCE, LARGEST_NOTE, THREADS, NoteFile, read_notes
from domain import lake_paths
from domain.errors import TransientError
from domain.quality import Gathered
from domain.quality_notes import QualityNote
from tests.adapters.scores_db.samples import sample_run
from tests.domain.notes import body, note, numbers
from tests.streams.memory_lake import MemoryLake

RUN = sample_run()
NOTE = body(note(x=numbers([0.5, None]), score=numbers([0.1, 0.2], "output")))


def folder(chunk: int, attempt: int = 1) -> str:
    """Where an attempt wrote."""
    return lake_paths.scores_folder(RUN.pipeline, RUN.run_id, chunk, attempt)


def test_only_the_attempts_that_were_scored_count() -> None:
    """In order of chunks and paths; scores without a note are told by their own path."""
    lake = MemoryLake()
    for attempt in (1, 2):
        lake.blobs[f"{folder(1, attempt)}part-000.scores.parquet"] = b""
        lake.blobs[f"{folder(1, attempt)}part-000.quality.json"] = NOTE
    lake.blobs[f"{folder(2)}part-001.quality.json"] = b"{"
    lake.blobs[f"{folder(2)}part-001.scores.parquet"] = b""
    lake.blobs[f"{folder(2)}part-002.scores.parquet"] = b""
    lake.blobs[f"{folder(2)}predictions.csv"] = b""
    found = list(read_notes(lake, RUN, [(1, 2), (2, 1)]))
    good, broken, silent = found
    assert good.path == f"{folder(1, 2)}part-000.quality.json"
    assert isinstance(good.content, QualityNote)
    assert isinstance(broken.content, str)
    assert silent == NoteFile(f"{folder(2)}part-002.scores.parquet", None)
    plain = list(read_notes(lake, RUN, [(2, 1)], "predictions.csv"))
    assert NoteFile(f"{folder(2)}predictions.csv", None) in plain


def test_a_lake_that_is_away_is_no_corrupt_note() -> None:
    """The activity is tried again."""
    lake = MemoryLake()
    lake.blobs[f"{folder(1)}part-000.quality.json"] = NOTE

    def away(path: str) -> None:
        raise TransientError("lake", f"read {path}", "busy")

    with lake.told_before_reading(away), pytest.raises(TransientError):
        list(read_notes(lake, RUN, [(1, 1)]))


def test_a_note_that_is_far_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something else must have that name."""
    monkeypatch.setattr("adapters.quality_notes.LARGEST_NOTE", len(NOTE) - 1)
    lake = MemoryLake()
    lake.blobs[f"{folder(1)}part-000.quality.json"] = NOTE
    [found] = read_notes(lake, RUN, [(1, 1)])
    assert "must be at most" in str(found.content)
    assert not lake.reads
    assert len(NOTE) < LARGEST_NOTE


def test_ten_thousand_notes_are_read_in_flat_memory() -> None:
    """Few are under way at a time, and what is kept does not grow with them."""
    lake, chunks = MemoryLake(), range(1, 101)
    for chunk in chunks:
        for part in range(100):
            lake.blobs[f"{folder(chunk)}part-{part:03d}.quality.json"] = NOTE
    readers, asked, most = set[int](), 0, 0

    def told(path: str) -> None:
        nonlocal asked, most
        readers.add(threading.get_ident())
        asked, most = asked + 1, max(most, asked - gathered.notes)
        lake.reads.clear()

    gathered = Gathered()
    with lake.told_before_reading(told):
        tracemalloc.start()
        for found in read_notes(lake, RUN, ((chunk, 1) for chunk in chunks)):
            assert isinstance(found.content, QualityNote)
            gathered.add(found.path, found.content)
            if gathered.notes == 500:
                early = tracemalloc.get_traced_memory()[0]
                tracemalloc.reset_peak()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert gathered.notes == 10_000
    assert [m.rows for m in gathered.measures()] == [20_000, 20_000]
    assert 1 < len(readers) <= THREADS
    assert most <= AT_ONCE + 1
    assert peak - early < 1_000_000
