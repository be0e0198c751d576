"""How far back a run lists and reads, by its source and its windows."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from activities import list_inputs as module
from adapters.lake import Lake
from domain import lake_paths
from domain.errors import EmptySpanError
from domain.messages import Listing, Run
from domain.pipeline import Pipeline, parse_pipeline
from tests.adapters.pipelines import reading_pipeline

pytestmark = pytest.mark.xdist_group("cloud")

DAY = datetime(2026, 1, 10, tzinfo=UTC)
SESSION = {"kind": "session", "timeout": "2h", "max_duration": "12h"}
TUMBLING = {"kind": "tumbling", "size": "5m"}


@dataclass
class Lister:
    """Runs the activity for a day, over one file a day."""

    lake: Lake
    folder: str
    here: Path
    monkeypatch: pytest.MonkeyPatch

    def put_days(self, first: int, last: int, column: str) -> None:
        """Writes a file per day of January, with an event or window every hour."""
        for day in range(first, last + 1):
            start = datetime(2026, 1, day, tzinfo=UTC)
            stamps = pd.Series([start + timedelta(hours=h) for h in range(24)])
            frame = pd.DataFrame({column: stamps, "device": "a", "mean": 1.0, "value": 1.0})
            buffer = io.BytesIO()
            frame.to_parquet(buffer, index=False)
            local = self.here / "file"
            local.write_bytes(buffer.getvalue())
            self.lake.upload(f"{self.folder}2026-01-{day:02}.parquet", local)

    def pipeline(self, source: Mapping[str, Any], windows: Mapping[str, Any]) -> Pipeline:
        """A pipeline over these files."""
        path = self.folder + "{yyyy}-{MM}-{dd}.parquet"
        aggregates = {"mean": {"function": "mean", "column": "value"}}
        return reading_pipeline({"path": path, **source}, windows, aggregates)

    def list(self, pipeline: Pipeline) -> tuple[Listing, list[dict[str, Any]]]:
        """What the activity answers, and the notes of the slices."""
        surroundings = SimpleNamespace(lake=self.lake, pipeline_of=lambda _: pipeline)
        self.monkeypatch.setattr(module, "context", lambda: surroundings)
        name = self.folder.strip("/").replace("/", "-")
        end = DAY + timedelta(days=1)
        run = Run(run_id=name, pipeline=pipeline.name, start=DAY, end=end, revision=1)
        listing = Listing.from_json(module.list_inputs(run.to_json()))
        notes = [
            self.lake.read_json(lake_paths.slice_note(run.pipeline, run.run_id, number))
            for number in range(1, listing.slices + 1)
        ]
        return listing, notes


@pytest.fixture
def lister(lake: Lake, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lister:
    """The activity, with the lake of the local cloud."""
    return Lister(lake, folder, tmp_path, monkeypatch)


def days_of(notes: list[dict[str, Any]]) -> list[str]:
    """The days whose files are read."""
    pieces = [piece for note in notes for piece in (*note["owned"], *note["shared"])]
    return sorted({piece["path"][-10:-8] for piece in pieces})


@pytest.mark.parametrize(
    ("windows", "listed", "read"),
    [
        (TUMBLING, 3, ["10", "11"]),
        ({"kind": "hopping", "size": "6h", "hop": "1h"}, 3, ["09", "10", "11"]),
        (SESSION, 4, ["08", "09", "10", "11"]),
        ({"kind": "snapshot"}, 2, ["10", "11"]),
    ],
    ids=["tumbling", "hopping", "session", "snapshot"],
)
def test_events_are_listed_as_far_as_windows_reach(
    lister: Lister, windows: dict[str, str], listed: int, read: list[str]
) -> None:
    """Sessions of at most 12 hours: two of them and the timeout, which is the day before last."""
    lister.put_days(6, 13, "ts")
    listing, notes = lister.list(lister.pipeline({}, windows))
    assert (listing.files, listing.rows) == (listed, 24 * listed)
    assert days_of(notes) == read
    assert (notes[0]["start_us"], notes[-1]["end_us"]) == _span_us()


@pytest.mark.parametrize("windows", [TUMBLING, SESSION], ids=["tumbling", "session"])
def test_ready_made_windows_reach_nowhere(lister: Lister, windows: dict[str, str]) -> None:
    """Only the days that hold their ends are listed, whatever the windows once reached for."""
    lister.put_days(6, 13, "window_end")
    source = {"kind": "windows", "timestamp": "window_end"}
    listing, notes = lister.list(lister.pipeline(source, windows))
    assert (listing.files, listing.rows) == (2, 48)
    assert days_of(notes) == ["10", "11"]


def test_a_day_without_ready_made_windows_is_told(lister: Lister) -> None:
    """As a day without events is, unless the pipeline says that it may be empty."""
    source = {"kind": "windows", "timestamp": "window_end"}
    with pytest.raises(EmptySpanError):
        lister.list(lister.pipeline(source, TUMBLING))
    listing, notes = lister.list(lister.pipeline({**source, "on_empty": "complete"}, TUMBLING))
    assert (listing.slices, listing.files, days_of(notes)) == (1, 0, [])


@pytest.mark.parametrize(("length", "slices"), [(None, 1), ("6h", 4)])
def test_a_table_is_cut_by_time(lister: Lister, length: str | None, slices: int) -> None:
    """Also where windows have no grid."""
    source = {
        "kind": "table",
        "database": "EVENTS_DB_URL",
        "query": "SELECT * FROM events WHERE ts > :span_start AND ts <= :span_end",
        "timestamp": "ts",
        "key": ["device"],
        "slice_span": length,
    }
    spec = reading_pipeline(windows=SESSION).model_dump(mode="json")
    listing, notes = lister.list(parse_pipeline({**spec, "source": source}))
    assert (listing.slices, listing.files, listing.rows) == (slices, 0, None)
    assert [note["end_us"] for note in notes[:-1]] == [note["start_us"] for note in notes[1:]]
    assert (notes[0]["start_us"], notes[-1]["end_us"]) == _span_us()


def _span_us() -> tuple[int, int]:
    start = int(DAY.timestamp()) * 1_000_000
    return start, start + 24 * 3_600_000_000
