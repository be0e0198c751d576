"""What a slice fetches from the lake, and what it makes of it."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.aggregation.loading import load_slice
from adapters.lake import Lake
from adapters.source_files import inspect_files
from domain.errors import LakeError, SourceError
from domain.pipeline import Pipeline, parse_pipeline
from domain.slices import Piece, Slice
from domain.windows import to_us
from tests.adapters.aggregation.running import Outcome, run
from tests.adapters.pipelines import instant, reading_pipeline

pytestmark = pytest.mark.xdist_group("cloud")

START_US = to_us(instant("2026-01-01"))
HOUR_US = 3_600_000_000
GROUP_ROWS = 20_000


class Counting:
    """The lake, counting the bytes that are read from it."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.bytes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lake, name)

    def open_ranges(self, file: Any) -> Any:
        """As the lake's, but through this object."""
        return Lake.open_ranges(self, file)  # type: ignore[arg-type]

    def read_range(self, path: str, offset: int, length: int) -> bytes:
        """As the lake's."""
        self.bytes += length
        return self._lake.read_range(path, offset, length)

    def download(self, path: str, target: Path) -> None:
        """As the lake's."""
        self._lake.download(path, target)
        self.bytes += target.stat().st_size


def _day(**more: Sequence[Any]) -> pa.Table:
    """Twelve hours of events in order, with columns that nobody needs."""
    rows = 12 * GROUP_ROWS
    step = HOUR_US // GROUP_ROWS
    stamps = [START_US + 1 + n * step for n in range(rows)]
    return pa.table(
        {
            "ts": pa.array(stamps, pa.timestamp("us", "UTC")),
            "device": [f"d{n % 7}" for n in range(rows)],
            "value": [float(n * 7919 % rows) for n in range(rows)],
            "noise": [float(n * 104729 % 999_983) / 7 for n in range(rows)],
            **more,
        }
    )


def _put(lake: Lake, path: str, content: pa.Table | bytes, **options: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder) / "file"
        if isinstance(content, bytes):
            local.write_bytes(content)
        else:
            pq.write_table(content, local, row_group_size=GROUP_ROWS, **options)
        lake.upload(path, local)


def _pieces(lake: Lake, pipeline: Pipeline, folder: str) -> list[Piece]:
    return inspect_files(lake, pipeline, [(file, None, None) for file in lake.list(folder)])


def _run(lake: Any, pipeline: Pipeline, pieces: Sequence[Piece], **bounds: int) -> Outcome:
    start = bounds.get("start", START_US)
    end = bounds.get("end", START_US + 24 * HOUR_US)
    size = pipeline.reach_us
    needed = tuple(p for p in pieces if p.first_us <= end and p.last_us >= start - size)
    one = Slice(1, start, end, owned=needed)
    with tempfile.TemporaryDirectory() as name:
        here = Path(name)
        return run(
            pipeline,
            lambda database: load_slice(
                database, lake=lake, pipeline=pipeline, one=one, folder=here
            ),
            start,
            end,
        )


def test_only_the_row_groups_that_are_needed_are_fetched(lake: Lake, folder: str) -> None:
    """A slice of one hour reads about one of twelve row groups, and only the columns it needs."""
    _put(lake, f"{folder}day.parquet", _day())
    pipeline = reading_pipeline()
    pieces = _pieces(lake, pipeline, folder)
    assert [piece.row_group for piece in pieces] == list(range(12))
    [size] = [file.size for file in lake.list(folder)]
    counting = Counting(lake)
    hour = {"start": START_US + 4 * HOUR_US, "end": START_US + 5 * HOUR_US}
    found = _run(counting, pipeline, pieces, **hour)
    assert found.read == GROUP_ROWS
    assert len(found.windows) == 12 * 7
    assert sum(found.column("events")) == GROUP_ROWS
    assert 0 < counting.bytes < size / 2


def test_looking_at_files_reads_no_rows(lake: Lake, folder: str) -> None:
    """The pieces of a file come from its footer alone."""
    _put(lake, f"{folder}day.parquet", _day())
    [size] = [file.size for file in lake.list(folder)]
    counting = Counting(lake)
    _pieces(counting, reading_pipeline(), folder)  # type: ignore[arg-type]
    assert 0 < counting.bytes < size / 5


@pytest.mark.parametrize("options", [{"write_statistics": False}, {}], ids=["without", "with"])
def test_statistics_make_no_difference_to_what_is_found(
    lake: Lake, folder: str, options: Mapping[str, Any]
) -> None:
    """Without statistics a piece may hold any time: it is read, and the result is the same."""
    _put(lake, f"{folder}day.parquet", _day(), **options)
    pipeline = reading_pipeline()
    pieces = _pieces(lake, pipeline, folder)
    needed = [p for p in pieces if p.first_us <= START_US + HOUR_US and p.last_us >= START_US]
    assert len(needed) == (12 if options else 1)
    found = _run(lake, pipeline, pieces, end=START_US + HOUR_US)
    assert (found.read, len(found.windows)) == (GROUP_ROWS, 12 * 7)


def test_row_groups_survive_any_order_of_columns(lake: Lake, folder: str) -> None:
    """Some row groups of a file whose columns come in another order, of other types, are right."""
    day = _day()
    keys = day["device"].cast(pa.string()).dictionary_encode()
    other = day.set_column(1, "device", keys).select(["noise", "value", "device", "ts"])
    _put(lake, f"{folder}day.parquet", other)
    pipeline = reading_pipeline()
    found = _run(lake, pipeline, _pieces(lake, pipeline, folder), end=START_US + HOUR_US)
    assert set(found.column("device")) == {f"d{n}" for n in range(7)}
    assert found.read == GROUP_ROWS


def test_an_empty_slice_has_no_windows(lake: Lake) -> None:
    """A slice without any file is nothing, and no error."""
    found = _run(lake, reading_pipeline(), [])
    assert (found.read, found.windows, found.bad) == (0, [], [])


def test_a_table_is_asked_for_as_much_as_windows_reach_back(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first windows of a slice are complete; only the slice's own events are counted."""
    with closing(sqlite3.connect(tmp_path / "events.db")) as database, database:
        database.execute("CREATE TABLE events (ts TEXT, device INTEGER, value REAL)")
        rows = [(f"2026-01-01 {hour:02}:00:00.000000", 7, float(hour)) for hour in range(24)]
        database.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
    monkeypatch.setenv("EVENTS_DB_URL", f"sqlite:///{tmp_path / 'events.db'}")
    query = "SELECT * FROM events WHERE ts > :span_start AND ts <= :span_end"
    pipeline = parse_pipeline(
        {
            **reading_pipeline().model_dump(mode="json"),
            "source": {
                "kind": "table",
                "database": "EVENTS_DB_URL",
                "query": query,
                "timestamp": "ts",
                "key": ["device"],
            },
            "windows": {"kind": "hopping", "size": "3h", "hop": "1h"},
        }
    )
    bounds = {"start": START_US + 6 * HOUR_US, "end": START_US + 8 * HOUR_US}
    found = _run(lake, pipeline, [], **bounds)
    assert (found.read, found.quarantined) == (2, 0)
    assert [(w["device"], w["mean"], w["events"]) for w in found.windows] == [
        ("7", 6.0, 3),
        ("7", 7.0, 3),
    ]


SNAPSHOTS = {"kind": "snapshot"}
START, END = instant("2026-01-01T01:00"), instant("2026-01-01T02:00")


def _ready(windows: Mapping[str, Any]) -> Pipeline:
    source = {"kind": "windows", "timestamp": "window_end"}
    return reading_pipeline(source, windows, {"mean": {"function": "mean", "column": "value"}})


def _ready_made(*devices: str, **more: Any) -> pa.Table:
    rows = len(devices)
    ends = pa.array([END] * rows, pa.timestamp("us", "UTC"))
    columns = {"device": devices, "window_end": ends, "mean": [1.5] * rows}
    return pa.table({**columns, **{name: [value] * rows for name, value in more.items()}})


@pytest.mark.parametrize(
    ("windows", "start"),
    [(SNAPSHOTS, START), ({"kind": "tumbling", "size": "5m"}, END - timedelta(minutes=5))],
    ids=["snapshot", "tumbling"],
)
@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_the_start_of_ready_made_windows_is_taken_from_the_files(
    lake: Lake, folder: str, windows: Mapping[str, Any], start: datetime, ending: str
) -> None:
    """Where events decide about it; windows on a grid start their size before the end."""
    pipeline, table = _ready(windows), _ready_made("a", window_start=START)
    content: pa.Table | bytes = table
    if ending == "csv":
        content = f"mean,device,window_start,window_end\n1.5,a,{START},{END}\n".encode()
    _put(lake, f"{folder}a.{ending}", content)
    found = _run(lake, pipeline, _pieces(lake, pipeline, folder))
    assert found.windows == [
        {"device": "a", "window_start": to_us(start), "window_end": to_us(END), "mean": 1.5}
    ]


def test_without_a_start_in_all_files_windows_start_at_their_end(lake: Lake, folder: str) -> None:
    """A slice over files with the column and files without it does not mix the two."""
    _put(lake, f"{folder}a.parquet", _ready_made("a", window_start=START))
    _put(lake, f"{folder}b.parquet", _ready_made("b"))
    pipeline = _ready(SNAPSHOTS)
    found = _run(lake, pipeline, _pieces(lake, pipeline, folder))
    assert found.column("device") == ["a", "b"]
    assert found.column("window_start") == found.column("window_end") == [to_us(END)] * 2


def test_starts_that_make_no_sense_are_quarantined(lake: Lake, folder: str) -> None:
    """A start is an instant, not after the end; a missing one is the end."""
    rows = [("a", START), ("b", END), ("c", ""), ("d", "soon"), ("e", END + timedelta(seconds=1))]
    lines = "".join(f"{device},{start},{END},1\n" for device, start in rows)
    _put(lake, f"{folder}a.csv", f"device,window_start,window_end,mean\n{lines}".encode())
    pipeline = _ready({"kind": "session", "timeout": "5m", "max_duration": "1h"})
    found = _run(lake, pipeline, _pieces(lake, pipeline, folder))
    assert found.column("device") == ["a", "b", "c"]
    assert found.column("window_start") == [to_us(START), to_us(END), to_us(END)]
    assert found.reasons == [
        "`window_start` must be an instant; got soon",
        "`window_start` must not be after the end; got 2026-01-01 02:00:01+00:00",
    ]


def test_a_ready_made_file_that_vanished_is_named(lake: Lake, folder: str) -> None:
    """A file that was listed and then deleted is told by its path."""
    piece = Piece(f"{folder}a.parquet", 0, to_us(START), to_us(END), 1)
    with pytest.raises(LakeError, match=f"{folder}a.parquet: is not there any more"):
        _run(lake, _ready(SNAPSHOTS), [piece])


def test_csv_files_of_any_name_are_loaded(lake: Lake, folder: str) -> None:
    """Characters that mean something in a pattern mean nothing in a name."""
    content = b"ts,device,value\n2026-01-01T12:00:00Z,a,1\n"
    names = [f"{folder}{name}.csv" for name in ("[1]", "a*b?", "it's", "ü 日本", "v1.[2]")]
    for name in names:
        _put(lake, name, content)
    pipeline = reading_pipeline({"duplicates": "keep"})
    pieces = _pieces(lake, pipeline, folder)
    assert [piece.path for piece in pieces] == sorted(names)
    assert _run(lake, pipeline, pieces).column("events") == [len(names)]


def test_a_file_that_vanished_is_named(lake: Lake, folder: str) -> None:
    """A file that was listed and then deleted is told by its path."""
    pipeline = reading_pipeline()
    for piece in (Piece(f"{folder}a.parquet", 0, 0, 1, 1), Piece(f"{folder}a.csv", None, 0, 1, 1)):
        with pytest.raises(LakeError, match=piece.path if piece.row_group is None else "any more"):
            _run(lake, pipeline, [piece], start=-1, end=10)


def test_a_file_that_was_replaced_by_something_else_is_named(lake: Lake, folder: str) -> None:
    """A file that no longer is what it was when it was listed is refused by its path."""
    path = f"{folder}a.parquet"
    _put(lake, path, _day())
    pipeline = reading_pipeline()
    pieces = _pieces(lake, pipeline, folder)[:1]
    for content in (b"not parquet at all", _day().drop_columns(["value"])):
        _put(lake, path, content)
        with pytest.raises(SourceError, match=f"^{path}: not a readable parquet file"):
            _run(lake, pipeline, pieces)
