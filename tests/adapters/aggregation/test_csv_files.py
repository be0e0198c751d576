"""The shapes in which CSV files come."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from domain.errors import SourceError
from tests.adapters.aggregation.running import NOON, Outcome, from_csv, run, run_csv
from tests.adapters.pipelines import reading_pipeline

PLAIN = f"ts,device,value\n{NOON},a,1\n{NOON},a,3\n"


def _is_plain(found: Outcome) -> bool:
    return (found.quarantined, found.column("device"), found.column("mean")) == (0, ["a"], [2.0])


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode().rstrip(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode(),
        f"value,more,ts,device\n1,x,{NOON},a\n3,y,{NOON},a\n".encode(),
        f",ts,device,value\n0,{NOON},a,1\n1,{NOON},a,3\n".encode(),
        f"ts,device,Value,value\n{NOON},a,9,1\n{NOON},a,9,3\n".encode(),
        f'"ts","device","value"\n"{NOON}","a","1"\n"{NOON}","a","3"\n'.encode(),
        b"\n\n".join(PLAIN.encode().splitlines()),
        f"note,ts,device,value\n\xff,{NOON},a,1\nb,{NOON},a,3\n".encode("latin-1"),
    ],
    ids=[
        "plain",
        "no end of line",
        "byte order mark",
        "crlf",
        "mark and crlf",
        "other order",
        "index of pandas",
        "names that differ in case",
        "quoted",
        "blank lines",
        "other encoding in a column that is not needed",
    ],
)
def test_shapes_of_a_file(content: bytes) -> None:
    """Order of columns, marks, line ends, quotes and columns that nobody needs do not matter."""
    assert _is_plain(run_csv(reading_pipeline(), content))


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters(delimiter: str) -> None:
    """The delimiter is the pipeline's, in the header and in the rows."""
    pipeline = reading_pipeline({"delimiter": delimiter})
    assert _is_plain(run_csv(pipeline, PLAIN.replace(",", delimiter)))


@pytest.mark.parametrize("name", ["raw/a.csv.gz", "raw/A.CSV.GZ"])
def test_gzip(name: str) -> None:
    """A gzipped file is read as what is in it, also if it was put together from several."""
    header, *rows = PLAIN.splitlines(keepends=True)
    content = gzip.compress((header + rows[0]).encode()) + gzip.compress(rows[1].encode())
    assert _is_plain(run_csv(reading_pipeline(), content, name))


def test_a_gzipped_file_with_an_open_quote() -> None:
    """Taking out a line works in a gzipped file as well."""
    content = gzip.compress(PLAIN.encode() + f'{NOON},"open,1\n{NOON},a,2\n'.encode())
    found = run_csv(reading_pipeline(), content, "raw/a.csv.gz")
    assert (found.read, found.quarantined, found.column("events")) == (4, 1, [3])


def test_line_ends_inside_quotes() -> None:
    """A quoted line end is part of the value."""
    found = run_csv(reading_pipeline(), f'ts,device,value\n{NOON},"a\nb",1\n{NOON},"a\nb",3\n')
    assert found.column("device") == ["a\nb"]


def test_several_files_may_differ_in_their_columns(tmp_path: Path) -> None:
    """Each file has its own header."""
    pipeline = reading_pipeline()
    files = {
        "raw/1.csv": PLAIN.encode(),
        "raw/2.csv": f"device,more,value,ts\na,x,8,{NOON}\n".encode(),
        "raw/3.csv.gz": gzip.compress(f"value,ts,device\nx,{NOON},a\n".encode()),
    }
    found = run(pipeline, from_csv(pipeline, tmp_path, files))
    assert found.column("mean") == [4.0]
    assert [row["file"] for row in found.bad] == ["raw/3.csv.gz"]


def test_a_file_may_have_no_rows() -> None:
    """A header alone is an empty file."""
    for content in ("ts,device,value\n", "ts,device,value"):
        found = run_csv(reading_pipeline(), content)
        assert (found.read, found.windows) == (0, [])


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (gzip.compress(PLAIN.encode() * 5000)[:-40], "raw/a.csv.gz"),
        (PLAIN.replace("\n", "\r\n", 2).encode(), "raw/a.csv"),
    ],
    ids=["truncated gzip", "line ends of two kinds"],
)
def test_a_file_that_is_no_csv_is_named(content: bytes, name: str) -> None:
    """What cannot be read as CSV at all is refused by the lake's name of the file."""
    with pytest.raises(SourceError, match=f"^{name}: not readable as CSV: ") as raised:
        run_csv(reading_pipeline(), content, name)
    assert "/tmp" not in str(raised.value)  # noqa: S108 (the local copy is nobody's business)
