"""The lake, against real Blob storage."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.lake import Lake, LakeFile
from domain.errors import LakeError

pytestmark = pytest.mark.xdist_group("cloud")

MEGABYTES = 20


def test_large_files_survive_the_round_trip(lake: Lake, folder: str, tmp_path: Path) -> None:
    """A file larger than a single request comes back byte by byte, and replaces an older one."""
    source, target = tmp_path / "source", tmp_path / "target"
    lake.write_json(f"{folder}big", "older")
    source.write_bytes(os.urandom(MEGABYTES * 1024 * 1024 + 1))
    lake.upload(f"{folder}big", source)
    lake.download(f"{folder}big", target)
    assert target.read_bytes() == source.read_bytes()


@pytest.mark.parametrize("content", [b"", b"x"])
def test_tiny_files_survive_as_well(
    lake: Lake, folder: str, tmp_path: Path, content: bytes
) -> None:
    """An empty file and one of a single byte are files."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    lake.upload(f"{folder}tiny", source)
    lake.download(f"{folder}tiny", target)
    assert target.read_bytes() == content
    assert list(lake.list(folder)) == [LakeFile(f"{folder}tiny", len(content))]


def test_ranges_are_what_was_asked_for(lake: Lake, folder: str, tmp_path: Path) -> None:
    """A range has the bytes from its offset on; fewer at the end of the file."""
    source = tmp_path / "source"
    source.write_bytes(bytes(range(100)))
    lake.upload(f"{folder}file", source)
    assert lake.read_range(f"{folder}file", 10, 5) == bytes(range(10, 15))
    assert lake.read_range(f"{folder}file", 95, 50) == bytes(range(95, 100))


def test_a_blob_is_a_seekable_file(lake: Lake, folder: str, tmp_path: Path) -> None:
    """Seeking from the start, from here and from the end works as in any file."""
    source = tmp_path / "source"
    content = os.urandom(700_000)
    source.write_bytes(content)
    lake.upload(f"{folder}file", source)
    with lake.open_ranges(LakeFile(f"{folder}file", len(content))) as ranges:
        assert ranges.read(10) == content[:10]
        assert ranges.seek(-10, io.SEEK_END) == len(content) - 10
        assert ranges.read() == content[-10:]
        ranges.seek(300_000)
        ranges.seek(100, io.SEEK_CUR)
        assert (ranges.tell(), ranges.read(300_000)) == (300_100, content[300_100:600_100])
        assert ranges.seek(len(content) + 5) and ranges.read(1) == b""


def test_parquet_is_read_by_ranges(lake: Lake, folder: str, tmp_path: Path) -> None:
    """pyarrow reads a parquet file straight from the lake."""
    source = tmp_path / "source"
    table = pa.table({"a": list(range(1000))})
    pq.write_table(table, source, row_group_size=100)
    lake.upload(f"{folder}file", source)
    file = LakeFile(f"{folder}file", source.stat().st_size)
    with lake.open_ranges(file) as ranges, pq.ParquetFile(ranges) as parquet:
        assert parquet.read().equals(table)


def test_lists_are_complete_and_in_order(lake: Lake, folder: str) -> None:
    """All files under a prefix are listed by path, whatever their names, and no others."""
    names = ["a/1", "a/2", "a=ü é/3", "b", "日本/4"]
    for name in reversed(names):
        lake.write_json(f"{folder}{name}", 0)
    lake.write_json(f"{folder[:-1]}-neighbour", 0)
    found = [file.path.removeprefix(folder) for file in lake.list(folder)]
    assert found == sorted(names)
    assert [file.path for file in lake.list(f"{folder}a/")] == [f"{folder}a/1", f"{folder}a/2"]
    assert list(lake.list(f"{folder}nothing/")) == []


def test_notes_survive_the_round_trip(lake: Lake, folder: str) -> None:
    """JSON comes back as it was, with every letter."""
    note = {"key": "ä 日本 😀", "list": [1, 2.5, None, True], "empty": {}}
    lake.write_json(f"{folder}note", note)
    lake.write_json(f"{folder}note", note)
    assert lake.read_json(f"{folder}note") == note


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 1000])
def test_small_files_are_written_and_read_at_once(lake: Lake, folder: str, content: bytes) -> None:
    """Byte by byte, replacing an older one."""
    lake.write_bytes(f"{folder}small", b"older and longer" * 500)
    lake.write_bytes(f"{folder}small", content)
    assert lake.read_bytes(f"{folder}small") == content
    with pytest.raises(LakeError, match="BlobNotFound"):
        lake.read_bytes(f"{folder}smal")


def test_a_file_exists_from_its_writing_to_its_deletion(lake: Lake, folder: str) -> None:
    """Its folder does not."""
    assert not lake.exists(f"{folder}file")
    lake.write_bytes(f"{folder}file", b"")
    assert lake.exists(f"{folder}file") and not lake.exists(folder[:-1])
    lake.delete(f"{folder}file")
    assert not lake.exists(f"{folder}file")


def test_deleting_twice_is_deleting_once(lake: Lake, folder: str) -> None:
    """A file that is not there is deleted already."""
    lake.write_json(f"{folder}note", 1)
    lake.delete(f"{folder}note")
    lake.delete(f"{folder}note")
    assert list(lake.list(folder)) == []


def test_a_note_that_is_no_json_is_named(lake: Lake, folder: str, tmp_path: Path) -> None:
    """A damaged note is refused by its path."""
    (tmp_path / "note").write_bytes(b"{\xff")
    lake.upload(f"{folder}note", tmp_path / "note")
    with pytest.raises(LakeError, match=f"^{folder}note: must be JSON"):
        lake.read_json(f"{folder}note")


def test_a_blob_is_only_replaced_if_it_is_as_listed(lake: Lake, folder: str) -> None:
    """Whoever has seen an older state, or none, changes nothing and is told."""
    path = f"{folder}note"
    assert lake.write_json_if(path, 1, None)
    assert not lake.write_json_if(path, 2, None)
    [first] = lake.list(path)
    assert lake.write_json_if(path, 3, first.etag)
    assert not lake.write_json_if(path, 4, first.etag)
    assert lake.read_json(path) == 3
    lake.delete(path)
    assert not lake.write_json_if(path, 5, first.etag)
    assert lake.find_json(path) is None
