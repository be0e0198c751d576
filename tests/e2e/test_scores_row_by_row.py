"""What is in SQL equals a straight computation in pandas over the same data, row by row."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

from tests.e2e.world import HERE, PROJECT, START, World, minutes, readings

pytestmark = pytest.mark.xdist_group("e2e")


def _fleet(seed: int, devices: list[str], hours: float) -> pd.DataFrame:
    """Random readings in random order, among them some exactly on the boundaries of windows."""
    random = np.random.default_rng(seed)
    frames = []
    for device in devices:
        offsets = random.integers(1, int(hours * 3600 * 1_000_000), 400)
        boundaries = np.arange(0, int(hours * 12) + 1) * 300_000_000
        offsets = np.concatenate([offsets, boundaries])
        stamps = pd.Series(pd.Timestamp(START) + pd.to_timedelta(offsets, unit="us"))
        frames.append(
            pd.DataFrame(
                {
                    "ts": stamps.astype("datetime64[us, UTC]"),
                    "device": device,
                    "value": random.normal(20, 3, len(offsets)).round(3),
                }
            )
        )
    return pd.concat(frames).sample(frac=1, random_state=seed).reset_index(drop=True)


def _windows(frame: pd.DataFrame, keys: list[str], size: timedelta, hop: timedelta) -> pd.DataFrame:
    """The windows (end - size, end] by definition: every end is looked at on its own."""
    end, found = START + hop, []
    while end <= START + timedelta(hours=2):
        inside = frame[(frame["ts"] > end - size) & (frame["ts"] <= end)]
        found.append(inside.groupby(keys)["value"].agg(["mean", "std", "min", "max", "count"]))
        found[-1]["window_end"] = end
        end += hop
    return pd.concat(found).reset_index().sort_values([*keys, "window_end"], ignore_index=True)


@pytest.mark.parametrize(
    ("pipeline", "size", "hop"),
    [("devices", minutes(5), minutes(5)), ("hopping", minutes(15), minutes(5))],
)
def test_windows_and_scores_equal_pandas(
    world: World, pipeline: str, size: timedelta, hop: timedelta
) -> None:
    """Tumbling and hopping windows have the scores that pandas computes, to the last row."""
    frame = _fleet(7, ["alpha", "Gamma-ß", "delta"], 2)
    before = _fleet(8, ["alpha"], 1).assign(ts=lambda f: f["ts"] - timedelta(hours=1))
    world.put(f"raw/rows-{pipeline}/a.parquet", frame[: len(frame) // 2])
    world.put(f"raw/rows-{pipeline}/b.parquet", pd.concat([frame[len(frame) // 2 :], before]))

    run = world.ended(world.start(pipeline, hours=2, input=f"raw/rows-{pipeline}/*.parquet"))

    assert run["status"] == "Completed", run
    assert run["reconciled"] is True
    expected = _windows(pd.concat([frame, before]).drop_duplicates(), ["device"], size, hop)
    rows = world.scores(f"{pipeline}_scores", run["run_id"])
    assert [row["device"] for row in rows] == expected["device"].tolist()
    assert [_instant(row["window_end"]) for row in rows] == [
        stamp.to_pydatetime() for stamp in expected["window_end"]
    ]
    np.testing.assert_allclose(
        [row["score"] for row in rows], 2 * expected["mean"] + expected["count"], rtol=1e-12
    )
    assert run["counts"]["windows"] == run["counts"]["rows_in_sql"] == len(expected)


def test_a_model_that_was_trained_scores_as_it_does_in_process(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`train` makes a model of the app's own windows; its scores in SQL equal a direct call of it
    on pandas' windows. The run says how the data compare to what it was trained on."""
    monkeypatch.syspath_prepend(PROJECT / "scoring_model")
    frame = _fleet(9, ["alpha", "beta", "gamma"], 2).assign(sensor="temp")
    world.put("raw/detector/a.parquet", frame)
    trained = _train(world, "detector", "--out", str(world.app.parent / "fleet"))
    assert trained.returncode == 0, trained.stderr
    assert "72 windows in 3 files of windows/pipeline=detector/" in trained.stderr

    run = world.ended(world.start("detector", hours=2))

    assert run["status"] == "Completed", run
    direct = _scored_directly(world, frame)
    rows = world.scores("detector_scores", run["run_id"])
    assert [(r["device"], _instant(r["window_end"])) for r in rows] == list(
        zip(direct["device"], direct["window_end"], strict=True)
    )
    np.testing.assert_allclose([row["score"] for row in rows], direct["score"], rtol=1e-9)
    assert [bool(row["is_anomaly"]) for row in rows] == direct["is_anomaly"].tolist()
    version = (world.app.parent / "fleet" / "CURRENT").read_text().strip()
    assert {row["model_version"] for row in rows} == {version}
    quality = world.api.get(f"/api/runs/{run['run_id']}/quality").json()["quality"]
    # The same windows: what differs is the size of the sample alone.
    assert {column["column_name"]: column["psi"] for column in quality}["value_mean"] < 0.01
    assert run["facts"]["quality"]["warnings"] == []


def _train(world: World, pipeline: str, *more: str) -> subprocess.CompletedProcess[str]:
    span = ["--from", START.isoformat(), "--to", (START + timedelta(hours=2)).isoformat()]
    place = ["--app", world.cloud.functions_url, "--state", str(world.cloud.state)]
    files = ["--pipelines", str(HERE / "pipelines")]
    command = [sys.executable, "-m", "commands", "train", pipeline, *span, *place, *files, *more]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def _scored_directly(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """The model's own scores of the windows that pandas computes, without any service."""
    model = import_module("anomaly")
    folder = import_module("batch.folder").find_model_folder(world.app.parent / "fleet")
    windows = _windows(frame.drop_duplicates(), ["device", "sensor"], minutes(5), minutes(5))
    aggregates = ("mean", "std", "min", "max", "count")
    windows = windows.rename(columns={name: f"value_{name}" for name in aggregates})
    scores = model.predict(model.load(folder), windows.astype({"value_count": "float64"}))
    return windows.join(scores).sort_values(["device", "window_end"], ignore_index=True)


def test_the_reference_data_reconciles(world: World) -> None:
    """A real file of readings in CSV is scored without an event lost."""
    path = PROJECT.parent / "shared" / "data" / "sensor_data.csv"
    if not path.is_file():
        pytest.skip("the reference data is not on this machine")
    frame = pd.read_csv(path).rename(columns={"TS": "ts", "Device": "Gerät", "Value": "value"})
    text = frame[["ts", "Gerät", "value"]].to_csv(index=False)
    world.lake.upload_blob("raw/reference/data.csv", text.encode(), overwrite=True)
    start = datetime(2018, 8, 28, 23, tzinfo=UTC)
    stamps = pd.to_datetime(frame["ts"], utc=True)
    hours = int(np.ceil((stamps.max() - pd.Timestamp(start)) / timedelta(hours=1)))

    run_id = world.start("texts", start=start, hours=hours, input="raw/reference/*.csv")
    run = world.ended(run_id)

    assert run["status"] == "Completed", run
    assert run["counts"]["events_read"] == len(frame)
    distinct = frame[["ts", "Gerät", "value"]].drop_duplicates()
    ends = pd.to_datetime(distinct["ts"], utc=True).dt.ceil("5min")
    assert run["counts"]["events_duplicate"] == len(frame) - len(distinct)
    assert run["counts"]["rows_in_sql"] == len(set(zip(distinct["Gerät"], ends, strict=True)))


def test_a_file_with_many_row_groups_is_scored_in_slices(world: World) -> None:
    """Cutting the input into slices changes nothing in what is scored."""
    frame = readings("sliced", 6000, timedelta(seconds=1))
    buffer = io.BytesIO()
    frame.to_parquet(buffer, row_group_size=500, index=False)
    world.lake.upload_blob("raw/sliced/a.parquet", buffer.getvalue(), overwrite=True)

    run = world.ended(world.start("devices", hours=2, revision=77, input="raw/sliced/*.parquet"))

    assert run["status"] == "Completed", run
    assert run["counts"]["events_read"] == 6000
    assert run["counts"]["windows"] == 20


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
