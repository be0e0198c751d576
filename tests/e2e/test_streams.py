"""Streams, from the sender's request to the row in SQL."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from tests.e2e.streams import collected, event, intervals, scores, send
from tests.e2e.world import World, minutes
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("e2e")

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_stream_is_scored_interval_by_interval(world: World) -> None:
    """Events become windows by minute, windows scores; bad ones are kept aside, and can be mended;
    late ones have their interval scored again."""
    good = [event(NOON + minutes(n), "a", n, nested=True) for n in range(1, 8)]
    bad = ["no JSON", '{"ts": "2026-03-02T12:03:30Z", "payload": {"value": 3}}', b"\xff\xfe"]
    lines = "\n".join(event(NOON + minutes(n), "b", 1, nested=True) for n in (2, 3)).encode()
    twice = good[0]
    send(world, "stream", [*good, twice, *bad, gzip.compress(lines)], NOON + minutes(7))

    first, second = collected(world, "stream", NOON, [1, 1])

    assert (first["interval"], second["interval"]) == (
        "2026-03-02T12-05-00Z",
        "2026-03-02T12-10-00Z",
    )
    assert first["counts"]["events_read"] == 8
    assert first["counts"]["events_duplicate"] == 1
    assert first["counts"]["events_late"] == 8
    assert scores(world, "stream_scores") == [
        *[("a", f"12:0{n}", 2.0 * n + 1, 1) for n in range(1, 8)],
        *[("b", f"12:0{n}", 3.0, 1) for n in (2, 3)],
    ]
    folder = "raw/pipeline=stream/interval=2026-03-02T12-05-00Z/"
    names = [blob.name.removeprefix(folder) for blob in world.lake.list_blobs(folder)]
    assert sorted(name.split("-")[0] for name in names) == ["compacted", "compacted.json"]

    days = {"from": "2026-03-01", "to": "2026-03-03"}
    kept = world.api.get("/api/pipelines/stream/quarantine", params=days).json()["events"]
    assert {one["text"] for one in kept} == {"no JSON", bad[1], None}
    assert world.reported("event", pipeline="stream")

    keyless = next(one for one in kept if one["text"] == bad[1])
    assert "device" in keyless["reason"]
    mended = event(NOON + minutes(3.5), "a", 10, nested=True)
    answer = world.api.post(
        "/api/pipelines/stream/quarantine/replay",
        json={
            "events": [{"id": keyless["id"], "text": mended}, {"id": kept[0]["id"], "text": "-"}]
        },
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["replayed"] == [{"id": keyless["id"], "interval": "2026-03-02T12:05:00Z"}]
    [refused] = answer.json()["refused"]
    assert refused["id"] == kept[0]["id"]
    collected(world, "stream", NOON, [2, 1])
    assert ("a", "12:04", 2 * (4 + 10) / 2 + 2, 2) in scores(world, "stream_scores")

    late = event(NOON + minutes(7), "c", 5, nested=True)
    send(world, "stream", [late], NOON + minutes(60))
    collected(world, "stream", NOON, [2, 2])
    assert ("c", "12:07", 11.0, 2) in scores(world, "stream_scores")


def test_a_late_event_joins_two_sessions_and_the_rows_that_vanish_are_removed(
    world: World,
) -> None:
    """Two sessions were scored; an event between them makes one of them, and one row goes."""
    send(
        world,
        "visits",
        [event(NOON + minutes(m), "a", m) for m in (1, 1.5, 3, 3.5)],
        NOON + minutes(4),
    )
    collected(world, "visits", NOON, [1])
    assert scores(world, "visits_scores") == [
        ("a", "12:02", 2 * 1.25 + 2, 1),
        ("a", "12:04", 2 * 3.25 + 2, 1),
    ]

    send(world, "visits", [event(NOON + minutes(2.25), "a", 2.25)], NOON + minutes(30))
    [again] = collected(world, "visits", NOON, [2])

    assert scores(world, "visits_scores") == [("a", "12:04", pytest.approx(2 * 2.25 + 5), 2)]
    assert again["counts"]["rows_vanished"] == 1
    first = world.run(again["run_id"].replace("-r2", "-r1"))
    assert first["reconciled"] is True


def test_a_burst_is_scored_while_its_interval_is_open(world: World) -> None:
    """Fifty events of today come: they are scored at once, not at midnight."""
    now = datetime.now(UTC)
    bodies = [event(now - timedelta(seconds=1), f"d{n}", n) for n in range(60)]
    send(world, "burst", bodies, None)

    def scored() -> bool:
        return bool(world.sql("SELECT 1 FROM runs WHERE pipeline = 'burst' AND ended_at NOT NULL"))

    wait_until(scored, description="the burst is scored", timeout_s=60)
    [run] = world.sql("SELECT * FROM runs WHERE pipeline = 'burst'")
    assert (run["status"], run["trigger_kind"]) == ("Completed", "burst")
    assert len(scores(world, "burst_scores")) == 60
    [interval] = intervals(world, "burst", now - timedelta(hours=1), hours=49)
    assert interval["collecting"] is True


def test_windows_that_somebody_else_computed_are_scored_as_they_are(world: World) -> None:
    """A pipeline of kind windows reads them from the lake, and skips aggregation."""
    ends = [NOON + minutes(5 * n) for n in range(1, 13)]
    frame = pd.DataFrame(
        {
            "window_end": pd.Series(ends, dtype="datetime64[us, UTC]"),
            "device": "a",
            "value_mean": [float(n) for n in range(12)],
            "value_count": [10] * 12,
        }
    )
    world.put("raw/upstream/a.parquet", frame)
    run = world.ended(world.start("upstream", start=NOON))
    assert (run["status"], run["counts"]["windows"]) == ("Completed", 12), run
    assert [score for _, _, score, _ in scores(world, "upstream_scores")] == [
        2.0 * n + 10 for n in range(12)
    ]


def test_a_wrong_question_about_a_stream_is_told_what_is_wrong(world: World) -> None:
    """Parameters and bodies are checked, every field is named, and files have no intervals."""
    for path, field in {
        "/api/pipelines/devices/intervals": "name",
        "/api/pipelines/stream/intervals?from=yesterday": "from",
        "/api/pipelines/stream/intervals?from=2026-01-02&to=2026-01-01": "to",
        "/api/pipelines/stream/intervals?from=2020-01-01": "from",
        "/api/pipelines/stream/quarantine?limit=0": "limit",
        "/api/pipelines/stream/quarantine?to=2026-13-01": "to",
        "/api/pipelines/stream/quarantine?since=1": "since",
    }.items():
        answer = world.api.get(path)
        assert answer.status_code == 400, (path, answer.text)
        assert [error["field"] for error in answer.json()["errors"]] == [field], path
    for body in (
        {},
        {"events": []},
        {"events": [{"text": "x"}]},
        {"events": [{"id": "1", "x": 1}]},
    ):
        answer = world.api.post("/api/pipelines/stream/quarantine/replay", content=json.dumps(body))
        assert answer.status_code == 400, answer.text
