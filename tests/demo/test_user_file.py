"""A user's own file: what is wrong with it is said in one line, what is right is used whole."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from demo.errors import UsageError
from demo.pipelines import read_pipeline
from demo.user_file import UserFile, check_file, put_file
from tests.demo.builders import MIDNIGHT, ROOT, small_pipeline
from tests.demo.recorder import NotedLake


def _events(minutes: int = 100) -> pd.DataFrame:
    """One event a minute of one key, the first half a minute after midnight."""
    t = pd.date_range(MIDNIGHT + timedelta(seconds=30), periods=minutes, freq="1min", unit="us")
    return pd.DataFrame({"t": t, "who": "a", "x": range(minutes)})


@pytest.fixture(params=["e.parquet", "e.csv", "e.csv.gz"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same events in each format that the demo takes."""
    path = tmp_path / str(request.param)
    if path.suffix == ".parquet":
        _events().to_parquet(path, index=False)
    else:
        _events().to_csv(path, index=False)
    return path


def test_a_good_file_is_looked_into(file: Path) -> None:
    """Rows, first and last instant are those of the file, whatever its format."""
    assert check_file(file, small_pipeline()) == UserFile(
        file, 100, MIDNIGHT + timedelta(seconds=30), MIDNIGHT + timedelta(minutes=99, seconds=30)
    )


def test_the_span_has_every_window_inside(file: Path) -> None:
    """The span begins before the first window's end and ends with the last window's."""
    lake = NotedLake()
    data = put_file(check_file(file, small_pipeline()), small_pipeline(), lake)  # type: ignore[arg-type]
    assert (data.start, data.end) == (MIDNIGHT, MIDNIGHT + timedelta(minutes=100))
    assert lake.paths == [data.input] == [f"raw/input/{file.name}"]


def test_the_model_learns_from_the_first_part(file: Path) -> None:
    """Six tenths of the file's time are for training, and they are windows of the pipeline."""
    data = put_file(check_file(file, small_pipeline()), small_pipeline(), NotedLake())  # type: ignore[arg-type]
    assert data.learned_until == MIDNIGHT + timedelta(seconds=30 + 0.6 * 99 * 60)
    assert data.training["window_end"].max() == MIDNIGHT + timedelta(minutes=55)
    assert len(data.training) == 11


def test_an_event_on_a_boundary_is_inside(tmp_path: Path) -> None:
    """The first event may lie exactly on the grid: its window ends there, and is in the span."""
    path = tmp_path / "e.parquet"
    events = _events(10)
    events.assign(t=events["t"] - pd.Timedelta("30s")).to_parquet(path, index=False)
    data = put_file(check_file(path, small_pipeline()), small_pipeline(), NotedLake())  # type: ignore[arg-type]
    assert (data.start, data.end) == (
        MIDNIGHT - timedelta(minutes=5),
        MIDNIGHT + timedelta(minutes=10),
    )


def test_hopping_windows_reach_beyond_the_last_event(tmp_path: Path) -> None:
    """All windows that hold an event are in the span, also those that end later."""
    path = tmp_path / "e.parquet"
    _events(10).to_parquet(path, index=False)
    hopping = small_pipeline(windows={"kind": "hopping", "size": "1h", "hop": "10m"})
    data = put_file(check_file(path, hopping), hopping, NotedLake())  # type: ignore[arg-type]
    assert (data.start, data.end) == (MIDNIGHT, MIDNIGHT + timedelta(minutes=60))


def test_spans_are_whole_seconds(tmp_path: Path) -> None:
    """The app takes whole seconds; windows on a finer grid still fit in."""
    path = tmp_path / "e.parquet"
    _events(3).to_parquet(path, index=False)
    fine = small_pipeline(windows={"kind": "tumbling", "size": "700ms"})
    data = put_file(check_file(path, fine), fine, NotedLake())  # type: ignore[arg-type]
    assert data.start.microsecond == data.end.microsecond == 0
    assert data.start < MIDNIGHT + timedelta(seconds=30)
    assert data.end >= MIDNIGHT + timedelta(seconds=150)


def test_a_name_with_special_letters_becomes_a_plain_path(tmp_path: Path) -> None:
    """A path in the lake is a pattern to the app, so the name must not be one."""
    path = tmp_path / "Mein {Tag} 1.PARQUET"
    _events(3).to_parquet(path, index=False)
    data = put_file(check_file(path, small_pipeline()), small_pipeline(), NotedLake())  # type: ignore[arg-type]
    assert data.input == "raw/input/mein__tag__1.parquet"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.csv", None, "gone.csv: there is no such file"),
        ("e.xlsx", "x", "e.xlsx: must end in .parquet, .csv, .csv.gz"),
        ("e.csv", "", "e.csv: is empty"),
        (
            "e.csv",
            "t,who\n2026-01-10,a\n",
            "has no column x, which pipeline 'small' reads",
        ),
        ("e.csv", "t,who,x\n", "has no row with a timestamp and a key"),
        ("e.csv", "t,who,x\nsoon,a,1\n,b,2\n", "has no row with a timestamp and a key"),
        ("e.parquet", "no parquet", "e.parquet: cannot be read"),
        ("e.csv.gz", "no gzip", "e.csv.gz: cannot be read"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(
    name: str, content: str | None, message: str, tmp_path: Path
) -> None:
    """The message names the file and what is wrong with it."""
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError) as error:
        check_file(path, small_pipeline())
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_compressed_empty_file_is_refused(tmp_path: Path) -> None:
    """Nothing, compressed, is still nothing."""
    path = tmp_path / "e.csv.gz"
    path.write_bytes(gzip.compress(b""))
    with pytest.raises(UsageError, match=r"e\.csv\.gz: "):
        check_file(path, small_pipeline())


def test_a_pipeline_over_a_table_takes_no_file(tmp_path: Path) -> None:
    """--input is for pipelines that read files."""
    path = tmp_path / "e.csv"
    path.write_text("t\n")
    telemetry = read_pipeline("telemetry", ROOT / "pipelines")
    with pytest.raises(UsageError, match="reads a table, not files"):
        check_file(path, telemetry)


def test_a_csv_file_of_readings_fits_the_pipeline_readings(tmp_path: Path) -> None:
    """Columns are called as the sample pipeline calls them; times without a zone are UTC."""
    path = tmp_path / "readings.csv"
    rows = [
        f"2018-08-28 {23 if m < 60 else 22}:{m % 60:02d}:05.000,{device},{sensor},{m / 7:.2f}\n"
        for m in range(120)
        for device in (1, 2)
        for sensor in (1, 4)
    ]
    path.write_text("".join(["TS,Device,Sensor,Value\n", *rows]))
    pipeline = read_pipeline("readings", ROOT / "pipelines")
    data = put_file(check_file(path, pipeline), pipeline, NotedLake())  # type: ignore[arg-type]
    assert data.events == 480
    assert data.start == datetime(2018, 8, 28, 22, tzinfo=UTC)
    assert data.end == datetime(2018, 8, 29, tzinfo=UTC)
    assert data.training.groupby(["device", "sensor"]).ngroups == 4
