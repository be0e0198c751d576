"""Rows of a CSV file that cannot be read at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.aggregation.running import NOON, from_csv, run, run_csv
from tests.adapters.pipelines import reading_pipeline
from tests.support.examples import examples

HEADER = b"ts,device,value\n"
GOOD = f"{NOON},good,1\n".encode()
NOON_BYTES = NOON.encode()
KEEP = {"duplicates": "keep"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"a,1,surplus", "too many columns"),
        (b"a", "missing columns"),
        (b"\xff\xfe,1", "invalid encoding"),
        (b'"a"b,1', "unquoted value"),
        (b'"a,1', "a quote is opened and not closed"),
    ],
)
@pytest.mark.parametrize("place", ["first", "between", "last"])
def test_an_unreadable_row_takes_no_other_along(row: bytes, reason: str, place: str) -> None:
    """The row is quarantined with its text, wherever it is; the others are read."""
    line = NOON_BYTES + b"," + row
    before, after = {"first": (0, 2), "between": (1, 1), "last": (2, 0)}[place]
    found = run_csv(reading_pipeline(KEEP), HEADER + GOOD * before + line + b"\n" + GOOD * after)
    assert found.reasons == [f"unreadable row: {reason}"] or (
        place == "last" and found.reasons == ["unreadable row: unquoted value"]
    )
    assert (found.read, found.quarantined, found.column("events")) == (3, 1, [2])
    text = json.loads(found.bad[0]["row"])["line"].strip()
    assert text.startswith(NOON) and len(text) >= len(NOON) + 2
    assert found.bad[0]["file"] == "raw/a.csv"


def test_a_quote_that_is_never_closed_costs_one_line() -> None:
    """However long the file goes on after it, no other row is lost."""
    rows = [f"{NOON},d{place % 7},{place}" for place in range(50_000)]
    rows[100] = f'{NOON},"open,1'
    rows[40_000] = f'{NOON},"open,1'
    rows[40_001] = f'{NOON},"d,1'
    found = run_csv(reading_pipeline(KEEP), "ts,device,value\n" + "\n".join(rows) + "\n")
    assert (found.read, found.quarantined) == (50_000, 3)
    assert sum(found.column("events")) == 49_997


def test_open_quotes_in_a_row() -> None:
    """Quotes that nobody closes are not mistaken for the ends of each other."""
    rows = "".join(f'{NOON},"open,1\n{NOON},good,1\n' for _ in range(100))
    found = run_csv(reading_pipeline(KEEP), "ts,device,value\n" + rows)
    assert (found.read, found.quarantined, found.column("events")) == (200, 100, [100])


def test_unreadable_rows_are_counted_by_the_slice_that_owns_the_file(tmp_path: Path) -> None:
    """A file that an earlier slice has read brings its unreadable rows into no count again."""
    pipeline = reading_pipeline()
    content = HEADER + GOOD + b'x\n"open,1\n' + GOOD
    found = run(pipeline, from_csv(pipeline, tmp_path, {"raw/a.csv": content}, owned=False))
    assert (found.read, found.quarantined, found.bad) == (2, 0, [])


BAD_ROWS = [b"x", b"a,1,2", b'"a"b,1', b"\xff,1", b",1", b"a,one", b"a,nan", b"a,", b'"open,1']
GOOD_ROWS = [b"a,1", b'"b,b",2', b'"c""c",3', b"d,4.5", b"'e',1", b" f , 1 "]


@settings(max_examples=examples(12), deadline=None)
@given(
    kinds=st.lists(st.sampled_from([*BAD_ROWS, *GOOD_ROWS * 3]), max_size=40),
    ending=st.sampled_from([b"\n", b"\r\n"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    finished=st.booleans(),
)
def test_nothing_is_lost(kinds: list[bytes], ending: bytes, mark: bytes, finished: bool) -> None:
    """Good and quarantined rows together are the rows of the file."""
    rows = [NOON_BYTES + b"," + kind for kind in kinds]
    content = (
        mark + ending.join([HEADER.strip(), *rows]) + (ending if finished or not rows else b"")
    )
    found = run_csv(reading_pipeline(KEEP), content)
    assert found.read == len(rows)
    assert found.quarantined == len(found.bad)
    assert sum(found.column("events")) + found.quarantined == len(rows)
    assert sum(found.column("events")) == sum(kind in GOOD_ROWS for kind in kinds)
