"""Files that do not fit their pipeline: every problem of every file, in one error."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.lake import Lake
from adapters.source_files import inspect_files
from domain.errors import SourceError
from domain.slices import Piece
from tests.adapters.pipelines import instant, reading_pipeline, type_name

pytestmark = pytest.mark.xdist_group("cloud")

TS = pa.array([instant("2026-01-01")], pa.timestamp("us", "UTC"))
GOOD = {"ts": TS, "device": pa.array(["a"]), "value": pa.array([1.0])}


class Files:
    """Files in a folder of the lake."""

    def __init__(self, lake: Lake, folder: str, here: Path) -> None:
        self._lake, self._folder, self._here = lake, folder, here

    def put(self, name: str, content: pa.Table | bytes) -> None:
        """Writes a file."""
        local = self._here / "file"
        local.write_bytes(content if isinstance(content, bytes) else parquet_bytes(content))
        self._lake.upload(self._folder + name, local)

    def inspect(self, **source: Any) -> list[Piece]:
        """Looks at all of them."""
        found = [(file, None, None) for file in self._lake.list(self._folder)]
        return inspect_files(self._lake, reading_pipeline(source), found)

    def problems(self, **source: Any) -> list[str]:
        """What is wrong with them, a line each, without the folder."""
        with pytest.raises(SourceError) as raised:
            self.inspect(**source)
        first, *lines = str(raised.value).splitlines()
        assert first == "the input does not fit pipeline reading:"
        return [line.strip().removeprefix(self._folder) for line in lines]


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as a parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


@pytest.fixture
def files(lake: Lake, folder: str, tmp_path: Path) -> Files:
    """An empty folder."""
    return Files(lake, folder, tmp_path)


def test_every_problem_of_every_file_is_told(files: Files) -> None:
    """One error names each file, each column, and what is there instead; good files stay out."""
    files.put("1-good.parquet", pa.table(GOOD))
    files.put("2.parquet", pa.table({"ts": TS, "Device": GOOD["device"], "other": TS}))
    files.put("3.parquet", pa.table({**GOOD, "value": pa.array([[1.0]]), "ts": pa.array([1])}))
    files.put("4.parquet", pa.table({**GOOD, "device": pa.array([{"id": "a"}])}))
    files.put("5.csv", b"TS,device\n")
    files.put("6.csv", b"\n1,2\n")
    files.put("7.json", b"{}")
    problems = files.problems()
    assert problems[0] == (
        "2.parquet: missing column 'device', 'value'; has 'ts', 'Device', 'other'"
    )
    assert problems[1] == (
        "3.parquet: timestamp column 'ts' must be a timestamp or text (or set `timestamp_unit`); "
        "is int64; column 'value' must be a number or text; is list<element: double>"
    )
    assert problems[2].startswith("4.parquet: column 'device' must be text or a number; is struct")
    assert problems[3] == "5.csv: missing column 'ts', 'value'; has 'TS', 'device'"
    assert problems[4] == "6.csv: the first line must name the columns; it is empty"
    assert problems[5] == (
        "7.json: the ending tells no format; set `source.format` to parquet or csv"
    )
    assert len(problems) == 6


def test_a_flood_of_problems_is_cut(files: Files) -> None:
    """Of very many problems the first twenty are told, and how many more there are."""
    for number in range(25):
        files.put(f"{number:02}.csv", b"nothing\n")
    problems = files.problems()
    assert len(problems) == 21
    assert problems[-1] == "and 5 more"


FOOTER_DAMAGED = parquet_bytes(pa.table(GOOD))
FOOTER_DAMAGED = FOOTER_DAMAGED[:-60] + b"\x99" * 52 + FOOTER_DAMAGED[-8:]


@pytest.mark.parametrize(
    "content",
    [b"x", b"PAR1" * 3, b"x" * 1000, FOOTER_DAMAGED, parquet_bytes(pa.table(GOOD))[:-20]],
    ids=["one byte", "marks alone", "anything", "damaged footer", "cut off"],
)
def test_a_damaged_parquet_file_is_named(files: Files, content: bytes) -> None:
    """What is no parquet file is refused, not tried again."""
    files.put("a.parquet", content)
    [problem] = files.problems()
    assert problem.startswith("a.parquet: not a readable parquet file: ")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("ts,device,value,ts\n", "the header must not name a column twice: ['ts']"),
        ("ts;device;value\n", "missing column 'ts', 'device', 'value'; has 'ts;device;value'"),
        (",,\n", "the first line must name the columns; it is empty"),
    ],
)
def test_headers_that_do_not_help(files: Files, content: str, problem: str) -> None:
    """A header must name the columns, each once."""
    files.put("a.csv", content.encode())
    assert files.problems() == [f"a.csv: {problem}"]


def test_headers_must_be_text(files: Files) -> None:
    """A header in another encoding, and a file that is no gzip, are refused by name."""
    files.put("a.csv", "ts,device,value".encode("utf-16"))
    files.put("b.csv.gz", b"ts,device,value\n")
    first, second = files.problems()
    assert first.startswith("a.csv: the header must be text in UTF-8: ")
    assert second.startswith("b.csv.gz: the header must be text in UTF-8: ")


def test_columns_that_differ_in_case_only_are_refused(files: Files) -> None:
    """Nobody could tell which of the two columns is read."""
    files.put("a.parquet", pa.table({**GOOD, "Value": pa.array([2.0])}))
    assert files.problems() == [
        "a.parquet: columns must differ in more than case: 'value', 'Value'"
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.parquet", pa.table(GOOD)),
        ("a.pq", pa.table(GOOD)),
        ("A.PARQUET", pa.table(GOOD)),
        ("a.csv", b"ts,device,value\n"),
        ("a.CSV", b"\xef\xbb\xbfts,device,value\r\n"),
        ("a.tsv", b"ts,device,value"),
        ("a.txt", b'"ts","device","value"\n'),
        ("a.csv.gz", gzip.compress(b"ts,device,value\n")),
    ],
    ids=["parquet", "pq", "PARQUET", "csv", "CSV", "tsv", "txt", "csv.gz"],
)
def test_formats_are_told_by_the_ending(files: Files, name: str, content: pa.Table | bytes) -> None:
    """The ending tells the format, in capitals or not, gzipped or not."""
    files.put(name, content)
    [piece] = files.inspect()
    assert piece.row_group == (0 if isinstance(content, pa.Table) else None)


def test_a_format_that_is_set_is_the_format(files: Files) -> None:
    """With `format`, the ending does not matter."""
    files.put("a.data", b"ts,device,value\n")
    assert len(files.inspect(format="csv")) == 1
    [problem] = files.problems(format="parquet")
    assert "not a readable parquet file" in problem


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("device", pa.array([1])),
        ("device", pa.array(["a"]).dictionary_encode()),
        ("device", pa.nulls(1)),
        ("value", pa.array([1], pa.int8())),
        ("value", pa.array(["1"])),
        ("value", pa.nulls(1)),
        ("value", pa.array([True])),
        ("ts", pa.array(["2026-01-01"])),
        ("ts", pa.array([instant("2026-01-01").date()])),
        ("ts", pa.array([instant("2026-01-01")], pa.timestamp("ns"))),
    ],
    ids=type_name,
)
def test_types_that_fit(files: Files, column: str, values: pa.Array) -> None:
    """Keys and values may be text or numbers, times may be text, and nothing at all is no type."""
    files.put("a.parquet", pa.table({**GOOD, column: values}))
    [piece] = files.inspect()
    assert piece.rows == 1


def test_numbers_are_instants_only_with_a_unit(files: Files) -> None:
    """With `timestamp_unit` the timestamp must be a number, or text that is one."""
    files.put("a.parquet", pa.table({**GOOD, "ts": pa.array([1])}))
    assert [piece.first_us for piece in files.inspect(timestamp_unit="s")] == [1_000_000]
    files.put("a.parquet", pa.table(GOOD))
    [problem] = files.problems(timestamp_unit="s")
    assert "timestamp column 'ts' must be a number; is timestamp" in problem


def test_files_without_rows_are_nothing_to_read(files: Files) -> None:
    """A parquet file without rows has no piece, whatever the types that its writer guessed."""
    files.put("a.parquet", pa.table({**GOOD, "value": pa.array([[1.0]])}).slice(0, 0))
    assert files.inspect() == []
