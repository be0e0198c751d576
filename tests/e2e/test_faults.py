"""A run while everything goes wrong that can: at the end every row is accounted for, and right."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pandas as pd
import pytest
from azure.identity import DefaultAzureCredential

from tests.e2e.world import World, readings, running_world

pytestmark = pytest.mark.xdist_group("e2e-restart")

FAULTS: list[dict[str, Any]] = [
    {"kind": "throttling", "count": 3, "retry_after_s": 0},
    {"kind": "server_error", "count": 2},
    {"kind": "lost_answer", "count": 1},
    {"kind": "slow_start", "start_s": 0.5, "count": 1},
    {"kind": "preemption", "jobs": "faulty-*-c00001-a1"},
    {"kind": "node_failure", "jobs": "faulty-*-c00002-a1"},
    {"kind": "not_responding", "jobs": "faulty-*-c00003-a1", "duration_s": 0.5},
    {"kind": "not_responding", "jobs": "faulty-*-c00004-a1", "duration_s": 0.5, "recovers": False},
    {"kind": "failing_files", "jobs": "faulty-*-c00005-a[12]", "files": "part-000*"},
    {"kind": "failing_files", "jobs": "*-c00006-*", "files": "part-001*"},
]
DEVICES = [f"device-{n:02d}" for n in range(11)] + ["stranger"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A Windrow of its own, whose tokens live for seconds and whose Azure ML is troubled."""
    with running_world(
        tmp_path_factory.mktemp("faults") / "world",
        workspace={"faults": FAULTS},
        cloud={"identity": {"token_lifetime_s": 5}},
    ) as running:
        running.put("raw/troubled/a.parquet", pd.concat(map(readings, DEVICES)))
        yield running


def struck(world: World) -> list[int]:
    """How often each fault has struck."""
    token = DefaultAzureCredential().get_token("https://management.azure.com/.default").token
    answer = httpx.get(
        f"{world.cloud.url}/mlbatch/faults",
        headers={"Authorization": f"Bearer {token}"},
        verify=ssl.create_default_context(cafile=world.cloud.ca_bundle),
    )
    return [rule["struck"] for rule in answer.raise_for_status().json()["faults"]]


def check_scores(world: World, run: dict[str, Any], missing: set[str]) -> None:
    """The scores of every device that was not lost equal those of a direct computation."""
    rows = world.scores(f"{run['pipeline']}_scores", run["run_id"])
    found = {(row["device"], row["window_end"][11:16]): row["score"] for row in rows}
    expected = {}
    for device in set(DEVICES) - missing - {"stranger"}:
        frame = readings(device)
        ends = frame["ts"].dt.ceil("5min")
        for end, values in frame.groupby(ends)["value"]:
            expected[device, end.strftime("%H:%M")] = 2 * values.mean() + len(values)
    assert found == pytest.approx(expected)


def test_a_run_survives_every_fault(world: World) -> None:
    """Attempts are lost in every way; what cannot be scored is one dead letter, whole."""
    run = world.ended(world.start("faulty", input="raw/troubled/*.parquet"), timeout_s=150)

    assert run["status"] == "CompletedWithErrors", run
    assert run["reconciled"] is True
    counts = run["counts"]
    assert counts["windows"] == 12 * len(DEVICES)
    accounted = counts["rows_scored"] + counts["rows_rejected"] + counts["rows_failed"]
    assert accounted == counts["windows"]
    letters = world.sql("SELECT * FROM dead_letters WHERE run_id = ?", run["run_id"])
    assert [(letter["chunk"], letter["attempts"]) for letter in letters] == [(6, 3)]
    tries = world.sql(
        "SELECT chunk, count(*) AS n FROM jobs WHERE run_id = ? GROUP BY chunk", run["run_id"]
    )
    assert {row["chunk"]: row["n"] for row in tries} == {1: 2, 2: 2, 3: 1, 4: 2, 5: 3, 6: 3}
    assert [count > 0 for count in struck(world)] == [True] * len(FAULTS), struck(world)
    check_scores(world, run, missing={"device-10", "stranger"})


def test_failed_mini_batches_do_not_lose_rows_silently(world: World) -> None:
    """Under Azure ML's default, error_threshold -1, a job completes without some of its files."""
    run = world.ended(world.start("forgiving", input="raw/troubled/*.parquet"), timeout_s=150)

    assert run["status"] == "CompletedWithErrors", run
    assert run["reconciled"] is True
    counts = run["counts"]
    # Chunk 6: device-10 was scored; the part of the stranger never was.
    assert (counts["windows"], counts["rows_failed"]) == (12 * len(DEVICES), 12)
    assert counts["rows_scored"] == 12 * (len(DEVICES) - 1)
    [letter] = world.sql("SELECT * FROM dead_letters WHERE run_id = ?", run["run_id"])
    assert (letter["chunk"], letter["rows"]) == (6, 12)
    assert "part-001.parquet" in letter["reason"]
    check_scores(world, run, missing={"stranger"})
