"""The statuses and logs of jobs, and tokens that end, as the SDK sees them."""

import re
import ssl
import time

import httpx
import pytest

from tests.localazure.mlbatch.conftest import ENDED, Lab
from tests.support.waiting import wait_until


def test_a_poller_sees_a_job_go_its_way(plant: Lab) -> None:
    """The invocation answers before anything has happened; then all statuses come in order."""
    name = plant.start("a")
    seen: list[str] = []

    def ended() -> bool:
        status = plant.status(name)
        if seen[-1:] != [status]:
            seen.append(status)
        return status in ENDED

    wait_until(ended, description="the job has ended", timeout_s=60)
    way = "NotStarted Starting Preparing Queued Running Finalizing Completed"
    assert plant.properties(name)["statuses"] == way
    assert seen[-1] == "Completed"
    # A poller may miss some, but never sees them in another order.
    assert re.fullmatch(".*".join(seen), way[way.index(seen[0]) :])


def test_a_job_is_cancelled_while_its_node_starts(plant: Lab) -> None:
    """It never takes the node, and costs nothing."""
    plant.plan({"kind": "slow_start", "start_s": 600, "jobs": "early"})
    far = [{"compute": {"target": "azureml:far-pool"}}]
    name = plant.start("a", name="early", settings=far)
    plant.wait_for(name, "Queued")
    plant.ml.jobs.begin_cancel(name)
    plant.wait_for(name, "Canceled")
    assert plant.properties(name)["node_seconds"] == "0.0"
    plant.plan()


def test_logs_are_where_azure_has_them(plant: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    """The job's statuses are streamed while it runs; what its nodes wrote is its child's."""
    name = plant.start("chatter", "raise", settings=[{"mini_batch_size": 1}])
    plant.ml.jobs.stream(name)
    streamed = capsys.readouterr().out
    assert "Streaming logs/azureml/executionlogs.txt" in streamed
    assert "1 of 2 files were not scored" in streamed

    child = next(iter(plant.ml.jobs.list(parent_job_name=name)))
    assert (child.display_name, child.status) == ("batchscoring", "Completed")
    runs = plant.ml.jobs._runs_operations
    files = {
        **runs.get_run_details(name).log_files,
        **runs.get_run_details(child.name).log_files,
    }
    texts = {file: _fetch(plant, address).text for file, address in files.items()}
    assert "Running\n" in texts["logs/azureml/executionlogs.txt"]
    assert "ValueError: cannot read" in texts["logs/user/error.txt"]
    assert "ready" in "".join(text for file, text in texts.items() if "stdout" in file)
    address = files["logs/user/error.txt"]
    assert _fetch(plant, address[:-1] + "x").status_code == 403


def test_jobs_of_a_deployment_are_listed(plant: Lab) -> None:
    """Those of other deployments are not among them."""
    one, other = (plant.start("a", deployment=item) for item in ("untrained", "broken"))
    listed = plant.ml.batch_deployments.list_jobs("samples", name="untrained")
    found = {job.name for job in listed}
    assert one in found
    assert other not in found


def test_tokens_end_without_harm(plant: Lab) -> None:
    """The SDK and a warm node get new tokens when the old ones have ended."""
    first = plant.first_token
    assert first
    # It is as old as the fixture: hardly anything is left to wait for when other tests came before.
    wait_until(lambda: time.time() > first.expires_on, description="it ends", timeout_s=30)
    assert plant.run(plant.put("a"))["status"] == "Completed"
    assert plant.token().token != first.token


def _fetch(lab: Lab, address: str) -> httpx.Response:
    context = ssl.create_default_context(cafile=lab.cloud.ca_bundle)
    return httpx.get(address, verify=context)
