"""Jobs that wait, are cancelled, lose their node, or outlive the service."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from azure.ai.ml.entities import AmlCompute

from tests.localazure.mlbatch.conftest import SAMPLES, Lab, configuration, wait_until_gone
from tests.support.cloud import local_cloud


@pytest.fixture
def single(tmp_path: Path) -> Iterator[Lab]:
    """A cloud with one node, for one test."""
    with local_cloud(tmp_path, configuration(1), root=SAMPLES) as cloud, cloud.applied():
        yield Lab(cloud)


def test_jobs_wait_for_a_node_in_order(single: Lab) -> None:
    """With one node a second job is queued; cancelling frees the node and leaves no process."""
    first = single.submit(single.put("hang"))
    processes = single.processes_of(first)
    second, third = (single.submit(single.put("a")) for _ in range(2))
    single.wait_for(second, "Queued")
    single.wait_for(third, "Queued")

    single.ml.jobs.begin_cancel(third)
    assert single.status(third) == "Canceled"

    single.ml.jobs.begin_cancel(first)
    single.wait_for(first, "Canceled")
    single.wait_for(second, "Completed")
    wait_until_gone(processes)
    single.ml.jobs.begin_cancel(second).result()
    assert single.status(second) == "Completed"


def test_a_lost_node_fails_its_job_only(lab: Lab) -> None:
    """A runner that dies takes its workers along, and the next job gets a new node."""
    name = lab.submit(lab.put("hang"))
    processes = lab.processes_of(name)
    runner = psutil.Process(processes[0]).parent()
    assert runner is not None
    runner.kill()
    lab.wait_for(name, "Failed")
    assert lab.properties(name)["error_code"] == "NodeLost"
    wait_until_gone(processes)
    assert lab.run(lab.put("a"))["status"] == "Completed"


def test_a_killed_service_leaves_no_process_and_goes_on(tmp_path: Path) -> None:
    """After kill -9 a running job is failed as lost, and the queue is served.

    Computes that were created, and what was metered, are still there.
    """
    with local_cloud(tmp_path, configuration(1), root=SAMPLES) as cloud, cloud.applied():
        lab = Lab(cloud)
        lab.ml.compute.begin_create_or_update(AmlCompute(name="cpu-cluster")).result()
        running = lab.submit(lab.put("hang"))
        processes = lab.processes_of(running)
        used = float(lab.properties(running)["node_seconds"])
        waiting = lab.submit(lab.put("a"))
        os.kill(cloud.pid, signal.SIGKILL)
        wait_until_gone(processes)
    with local_cloud(tmp_path, configuration(1), root=SAMPLES) as cloud, cloud.applied():
        lab = Lab(cloud)
        assert lab.status(running) == "Failed"
        assert "the node was lost" in lab.properties(running)["error"]
        lab.wait_for(waiting, "Completed")
        assert lab.ml.compute.get("cpu-cluster").max_instances == 4
        assert float(lab.properties(running)["node_seconds"]) >= used
        up, busy = lab.node_seconds("cpu-cluster")
        assert up >= busy >= used
