"""Scoring that goes wrong: attempts, dead letters, tolerance, cancelling."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.e2e.world import World, readings
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("e2e")


def test_a_chunk_that_always_fails_becomes_a_dead_letter(world: World) -> None:
    """After `max_attempts` jobs a chunk is given up with its reason; the others are scored."""
    world.put("raw/raises/a.parquet", pd.concat([readings("fine"), readings("raises")]))

    run = world.ended(world.start("devices", revision=21, input="raw/raises/*.parquet"))

    assert run["status"] == "Failed"
    assert run["chunks"] == {"queued": 0, "running": 0, "scored": 1, "failed": 1}
    assert run["reconciled"] is True
    assert run["counts"]["jobs_submitted"] == 3
    assert run["counts"]["rows_failed"] == 12
    assert {row["device"] for row in world.scores("devices_scores", run["run_id"])} == {"fine"}
    final = [error for error in run["errors"] if error["final"]]
    assert [error["attempt"] for error in final] == [2]
    assert "this device always raises" in final[0]["reason"]
    letter = world.blob(f"dead/pipeline=devices/run={run['run_id']}/chunk=00002.json")
    assert letter is not None
    assert json.loads(letter)["rows"] == 12
    exceptions = wait_until(
        lambda: world.reported("exception", run_id=run["run_id"], chunk="2", final="True"),
        description="the failure is in Application Insights",
    )
    properties = exceptions[0]["properties"]
    assert (properties["pipeline"], properties["attempt"]) == ("devices", "2")
    assert "this device always raises" in properties["reason"]


def test_failures_within_tolerance_complete_with_errors(world: World) -> None:
    """With half of the chunks tolerated, one of two may fail."""
    world.put("raw/tolerated/a.parquet", pd.concat([readings("fine"), readings("raises")]))

    run = world.ended(world.start("tolerant", input="raw/tolerated/*.parquet"))

    assert run["status"] == "CompletedWithErrors"
    assert run["error"] == "1 of 2 chunks failed; tolerated: 50%"
    assert run["counts"]["jobs_submitted"] == 2
    events = wait_until(
        lambda: world.reported("event", run_id=run["run_id"]),
        description="the end of the run is in Application Insights",
    )
    assert events[0]["name"] == "run_ended"
    assert events[0]["properties"]["status"] == "CompletedWithErrors"
    assert events[0]["properties"]["rows_in_sql"] == "12"


def test_a_job_that_loses_rows_is_not_believed(world: World) -> None:
    """Scores with a row too few are an error of the attempt, and nothing of them is in SQL."""
    world.put("raw/short/a.parquet", readings("short"))

    run = world.ended(world.start("tolerant", revision=2, input="raw/short/*.parquet"))

    assert run["status"] == "Failed"
    assert "must have one row per window (12); has 11" in run["errors"][-1]["reason"]
    assert world.scores("tolerant_scores", run["run_id"]) == []


def test_rejected_rows_are_kept_with_their_reason(world: World) -> None:
    """A row that the model cannot score is in the table of rejected rows, and is accounted for."""
    world.put("raw/stranger/a.parquet", pd.concat([readings("fine"), readings("stranger")]))

    run = world.ended(world.start("devices", revision=22, input="raw/stranger/*.parquet"))

    assert run["status"] == "Completed", run
    assert (run["counts"]["rows_in_sql"], run["counts"]["rows_rejected"]) == (12, 12)
    rejected = world.sql("SELECT * FROM rejected_rows WHERE run_id = ?", run["run_id"])
    assert {row["reason"] for row in rejected} == {"unknown device"}
    assert json.loads(rejected[0]["key_values"]) == {"device": "stranger"}


def test_a_job_without_progress_is_cancelled_and_resubmitted(world: World) -> None:
    """The first job hangs; after `job_timeout` it is cancelled, and the second one scores."""
    world.put("raw/once/a.parquet", readings("once"))

    run = world.ended(world.start("impatient", input="raw/once/*.parquet"))

    assert run["status"] == "Completed", run
    assert run["counts"]["jobs_submitted"] == 2
    assert run["counts"]["rows_in_sql"] == 12
    assert "without progress" in run["errors"][0]["reason"]


def test_cancelling_a_run_stops_its_jobs(world: World) -> None:
    """A cancelled run is Cancelled for good, and its jobs end."""
    for gate in ("reached", "open"):
        (world.gates / gate).unlink(missing_ok=True)
    world.put("raw/gated/a.parquet", readings("gated"))
    run_id = world.start("devices", revision=23, input="raw/gated/*.parquet")
    wait_until((world.gates / "reached").exists, description="the job runs", timeout_s=60)

    answer = world.api.post(f"/api/runs/{run_id}/cancel")

    assert answer.status_code == 202, answer.text
    run = world.run(run_id)
    assert run["status"] == "Cancelled"
    jobs = world.sql("SELECT job_name, ended_at FROM jobs WHERE run_id = ?", run_id)
    assert all(job["ended_at"] for job in jobs)
    wait_until(
        lambda: _job_status(world, jobs[0]["job_name"]) == "Canceled",
        description="the job has been cancelled",
    )
    assert world.api.post(f"/api/runs/{run_id}/cancel").status_code == 202
    assert world.run(run_id)["status"] == "Cancelled"
    assert world.scores("devices_scores", run_id) == []


def test_an_ended_run_cannot_be_cancelled(world: World) -> None:
    """Cancelling what has ended is a conflict, and a run that does not exist is not found."""
    world.put("raw/ended/a.parquet", readings("a"))
    run_id = world.start("devices", revision=24, input="raw/ended/*.parquet")
    world.ended(run_id)

    assert world.api.post(f"/api/runs/{run_id}/cancel").status_code == 409
    assert world.api.post("/api/runs/no-such-run/cancel").status_code == 404


def _job_status(world: World, name: str) -> str:
    from azure.ai.ml import MLClient
    from azure.identity import DefaultAzureCredential

    names = ("SUBSCRIPTION_ID", "RESOURCE_GROUP", "WORKSPACE")
    where = [world.cloud.environment[f"LOCALAZURE_{name}"] for name in names]
    status = MLClient(DefaultAzureCredential(), *where).jobs.get(name).status
    return str(getattr(status, "value", status))
