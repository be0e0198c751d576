"""The local Azure ML that the benchmark of jobs runs on: a node with a worker for each core.

The app itself is not there, only what it uses of a job: its adapters of the lake and of the batch
endpoints. A job's times are those that the service notes, so that looking at it costs little.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import yaml

from adapters.batch_endpoint import BatchEndpoints
from adapters.credentials import credential
from adapters.lake import Lake
from adapters.ml_workspace import Workspace
from domain.jobs import Phase, phase_of
from localazure.mlbatch.lifecycle import Status
from localazure.mlbatch.metering import Meter
from localazure.mlbatch.store import JobStore
from tests.support.cloud import PROJECT, RunningCloud, local_cloud
from tests.support.waiting import wait_until

ENDPOINT = "models"
IDLE_S = 3
"""How long a node without a job is kept: the next job comes sooner, or is to find none."""

PAUSE_S = 0.25
"""Between two looks at a job that is timed; a look takes some of the cores that score."""

MB = 1024 * 1024
SCORING_MODEL = PROJECT / "scoring_model"
WORKSPACE = Workspace("00000000-0000-0000-0000-000000000000", "local", "windrow", "lake")


@dataclass(frozen=True)
class TimedJob:
    """When a job was asked for, and when it got on; and how long it held its node."""

    name: str
    submitted_at: datetime
    created_at: datetime
    running_at: datetime
    finalizing_at: datetime
    ended_at: datetime
    node_seconds: float

    @property
    def steps_s(self) -> tuple[float, float, float, float]:
        """Being submitted, waiting for a node's process, running, finalizing; together the job."""
        at = (self.submitted_at, self.created_at, self.running_at, self.finalizing_at)
        return _apart(at[0], at[1]), _apart(at[1], at[2]), _apart(at[2], at[3]), self._last_s

    @property
    def seconds(self) -> float:
        """From before its submission until it was Completed."""
        return _apart(self.submitted_at, self.ended_at)

    @property
    def _last_s(self) -> float:
        return _apart(self.finalizing_at, self.ended_at)


@dataclass(frozen=True)
class JobWorld:
    """A running cloud with the lake and the endpoint; jobs are run one at a time."""

    cloud: RunningCloud
    lake: Lake
    endpoints: BatchEndpoints
    store: JobStore
    meter: Meter
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def put(self, folder: str, files: Sequence[Path]) -> None:
        """Writes files into a folder of the lake, as parts of a chunk; a file may come twice."""
        for number, file in enumerate(files):
            self.lake.upload(f"{folder}part-{number:03d}.parquet", file)

    def run(self, deployment: str, folder: str) -> TimedJob:
        """Has a folder scored, as the app does, and waits for the end."""
        name = f"job-{next(self.numbers)}"
        submitted_at = datetime.now(UTC)
        self._submit(name, deployment, folder)
        while not self._is_over(name):
            time.sleep(PAUSE_S)
        since = {status: at for at, status in self.store.history(name)}
        return TimedJob(
            name,
            submitted_at,
            since[Status.NOT_STARTED],
            since[Status.RUNNING],
            since[Status.FINALIZING],
            since[Status.COMPLETED],
            self.meter.of_job(name),
        )

    def watch(self, deployment: str, folder: str) -> tuple[str, float]:
        """The name of a job, and the most megabytes of one of its worker processes."""
        name = f"job-{next(self.numbers)}"
        self._submit(name, deployment, folder)
        largest = 0.0
        while not self._is_over(name):
            deadline = time.monotonic() + PAUSE_S
            while time.monotonic() < deadline:
                for process in self._processes("localazure.mlbatch.worker"):
                    with contextlib.suppress(psutil.NoSuchProcess):
                        largest = max(largest, process.memory_info().rss / MB)
        return name, largest

    def scored(self, job: str) -> int:
        """The rows that a job has scored, as its quality notes say; none may be rejected."""
        rows = 0
        for file in self.lake.list(f"scores/{job}/"):
            if file.path.endswith(".quality.json"):
                note = json.loads(self.lake.read_bytes(file.path))
                assert not note["rejected"], note["rejected"]
                rows += note["rows"]
        return rows

    def has_node(self) -> bool:
        """Whether a node's process is there for the next job."""
        return bool(self._processes("localazure.mlbatch.runner"))

    def wait_without_node(self) -> None:
        """Waits until the node has been idle for so long that it is gone."""
        wait_until(lambda: not self.has_node(), description="the node is gone", timeout_s=60)

    def _submit(self, name: str, deployment: str, folder: str) -> None:
        assert self.endpoints.submit(
            name,
            endpoint=ENDPOINT,
            deployment=deployment,
            input_folder=folder,
            output_folder=f"scores/{name}/",
        )

    def _is_over(self, name: str) -> bool:
        view = self.endpoints.find(name)
        assert view is not None
        phase = phase_of(view.status)
        assert phase is not Phase.ENDED, view
        return phase is Phase.SUCCEEDED

    def _processes(self, module: str) -> list[psutil.Process]:
        found = []
        for process in psutil.Process(self.cloud.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if module in process.cmdline():
                    found.append(process)
        return found


@contextlib.contextmanager
def job_world(folder: Path, models: Mapping[str, Path]) -> Iterator[JobWorld]:
    """A cloud with a deployment per trained folder of `models`, until the context ends."""
    folder.mkdir(parents=True)
    state = folder / "state"
    with (
        local_cloud(state, _config(folder, models), root=folder) as cloud,
        cloud.applied(),
        contextlib.closing(JobStore(state / "mlbatch.db")) as store,
        contextlib.closing(Meter(state / "mlbatch.db")) as meter,
    ):
        lake = Lake(cloud.blob_uri, "lake", credential())
        yield JobWorld(cloud, lake, BatchEndpoints(WORKSPACE, credential()), store, meter)


def _config(folder: Path, models: Mapping[str, Path]) -> dict[str, Any]:
    """The cloud's content: deployment.yml of the sample model again and again."""
    compute = yaml.safe_load((SCORING_MODEL / "compute.yml").read_text())
    compute |= {"max_instances": 1, "idle_time_before_scale_down": IDLE_S}
    files = {"compute": compute, "endpoint": {"name": ENDPOINT, "auth_mode": "aad_token"}}
    deployment = yaml.safe_load((SCORING_MODEL / "deployment.yml").read_text())
    conda = SCORING_MODEL / deployment["environment"]["conda_file"]
    for name, model in models.items():
        files[name] = {
            **deployment,
            "name": name,
            "endpoint_name": ENDPOINT,
            "model": {"path": str(model)},
            "code_configuration": {**deployment["code_configuration"], "code": str(SCORING_MODEL)},
            "environment": {**deployment["environment"], "conda_file": str(conda)},
            "settings": {**deployment["settings"], "max_concurrency_per_instance": workers()},
        }
    for name, document in files.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(document))
    return {
        "storage": {"containers": ["lake"]},
        "machine_learning": {
            "subscription_id": WORKSPACE.subscription_id,
            "resource_group": WORKSPACE.resource_group,
            "workspace": WORKSPACE.name,
            "datastores": {WORKSPACE.datastore: {"container": "lake"}},
            "max_nodes": 1,
            "computes": ["compute.yml"],
            "endpoints": [
                {"endpoint": "endpoint.yml", "deployments": [f"{name}.yml" for name in models]}
            ],
        },
    }


def workers() -> int:
    """Worker processes of the node: one for each core, as the model alone is called."""
    return os.cpu_count() or 1


def _apart(one: datetime, other: datetime) -> float:
    return (other - one).total_seconds()
