"""A local cloud with the sample deployments, and a hand to work with it through azure-ai-ml."""

import re
import ssl
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from azure.core.credentials import AccessToken
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobServiceClient, ContainerClient

from tests.support.cloud import RunningCloud, local_cloud
from tests.support.waiting import wait_until

with warnings.catch_warnings():
    # The SDK's own imports use what marshmallow deprecates.
    warnings.simplefilter("ignore")
    from azure.ai.ml import Input, MLClient, Output

SAMPLES = Path(__file__).with_name("samples")
DEPLOYMENTS = ("rows", "tables", "files", "unready", "untrained", "broken")
ENDED = {"Completed", "Failed", "Canceled"}
LAKE = "azureml://datastores/lake/paths"


@dataclass
class Lab:
    """The workspace of a running cloud, as an app's SDK clients see it."""

    cloud: RunningCloud
    ml: MLClient = field(init=False)
    lake: ContainerClient = field(init=False)
    first_token: AccessToken | None = None

    def __post_init__(self) -> None:
        environment = self.cloud.environment
        credential = self._credential = DefaultAzureCredential()
        self.ml = MLClient(
            credential,
            environment["LOCALAZURE_SUBSCRIPTION_ID"],
            environment["LOCALAZURE_RESOURCE_GROUP"],
            environment["LOCALAZURE_WORKSPACE"],
        )
        account = BlobServiceClient(self.cloud.blob_uri, credential=credential)
        self.lake = account.get_container_client("lake")

    def token(self) -> AccessToken:
        """Return a token for Azure ML, a new one when the one at hand is about to end."""
        return self._credential.get_token("https://ml.azure.com/.default")

    def put(self, *texts: str) -> str:
        """Write a folder of files, part-0.txt and so on; return its path."""
        folder = f"in/{uuid.uuid4()}"
        for number, text in enumerate(texts):
            self.lake.upload_blob(f"{folder}/part-{number}.txt", text)
        return folder

    def submit(
        self,
        folder: str,
        deployment: str = "rows",
        *,
        name: str | None = None,
        settings: Sequence[Mapping[str, Any]] = (),
        input_type: str = "uri_folder",
    ) -> str:
        """Invoke the endpoint on a folder; the job's name is returned, and its output's folder."""
        name = name or f"job-{uuid.uuid4()}"
        job = self.ml.batch_endpoints.invoke(
            endpoint_name="samples",
            deployment_name=deployment,
            inputs={"parts": Input(type=input_type, path=f"{LAKE}/{folder}")},
            outputs={"score": Output(type="uri_file", path=f"{LAKE}/out/{name}/scores.csv")},
            job_name=name,
            params_override=[dict(item) for item in settings],
        )
        return str(job.name)

    def start(self, *texts: str, **how: Any) -> str:
        """Submit a job on files with these texts; return its name."""
        return self.submit(self.put(*texts), **how)

    def status(self, name: str) -> str:
        """Return where a job is."""
        status = self.ml.jobs.get(name).status
        # The SDK gives a member of an enumeration whose str() is not the status.
        return str(getattr(status, "value", status))

    def wait_for(self, name: str, *statuses: str, timeout_s: float = 90.0) -> None:
        """Wait until a job is in one of ``statuses``; fail when it has ended in another."""
        wanted = set(statuses)

        def reached() -> bool:
            status = self.status(name)
            assert status in wanted or status not in ENDED, self.properties(name)
            return status in wanted

        wait_until(reached, description=f"job {name} is {statuses}", timeout_s=timeout_s)

    def properties(self, name: str) -> dict[str, str]:
        """Return what the stand-in tells of a job, without the prefix of the keys."""
        told = self.ml.jobs.get(name).properties
        return {key.removeprefix("localazure."): value for key, value in told.items()}

    def run(self, folder: str, deployment: str = "rows", **how: Any) -> dict[str, str]:
        """Submit a job and wait for its end; return its properties with ``name`` and ``status``."""
        name = self.submit(folder, deployment, **how)
        self.wait_for(name, *ENDED)
        return {**self.properties(name), "name": name, "status": self.status(name)}

    def output(self, job: Mapping[str, str] | str, file: str = "scores.csv") -> str:
        """Return the content of a file that a job wrote."""
        return self.output_bytes(job, file).decode()

    def output_bytes(self, job: Mapping[str, str] | str, file: str) -> bytes:
        """Return the bytes of a file that a job wrote."""
        name = job if isinstance(job, str) else job["name"]
        return self.lake.download_blob(f"out/{name}/{file}").readall()

    def outputs(self, job: Mapping[str, str]) -> set[str]:
        """Return the files that a job wrote."""
        prefix = f"out/{job['name']}/"
        return {
            name.removeprefix(prefix) for name in self.lake.list_blob_names(name_starts_with=prefix)
        }

    def processes_of(self, name: str) -> list[int]:
        """Wait until a job's script hangs; return its process and what it started."""
        found: list[int] = []

        def hangs() -> bool:
            log = self.log(name, "stdout/node0/process000.stdout.txt")
            match = re.search(r"hanging in (\d+) and (\d+)", log)
            if match:
                found[:] = [int(match[1]), int(match[2])]
            return bool(match)

        wait_until(hangs, description=f"job {name} hangs", timeout_s=90.0)
        return found

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Call a route that the SDK does not know; return its answer."""
        context = ssl.create_default_context(cafile=self.cloud.ca_bundle)
        headers = {"Authorization": f"Bearer {self.token().token}"}
        with httpx.Client(base_url=self.cloud.url, verify=context, headers=headers) as client:
            answer = client.request(method, path, json=body)
        answer.raise_for_status()
        return dict(answer.json())

    def plan(self, *faults: Mapping[str, Any]) -> None:
        """Let these faults happen from now on, and no others."""
        self.call("PUT", "/mlbatch/faults", {"faults": faults})

    def struck(self) -> list[int]:
        """Return how often each planned fault has happened."""
        return [item["struck"] for item in self.call("GET", "/mlbatch/faults")["faults"]]

    def node_seconds(self, compute: str) -> tuple[float, float]:
        """Return for how long nodes of a compute were up, and were busy."""
        computes = self.call("GET", "/mlbatch/metering")["computes"]
        use = next(item for item in computes if item["compute"] == compute)
        return use["node_seconds_up"], use["node_seconds_busy"]

    def log(self, name: str, file: str) -> str:
        """Return a log file of a job, empty when there is none."""
        path = Path(self.properties(name)["logs"]) / "user" / file
        return path.read_text(encoding="utf-8") if path.exists() else ""


def wait_until_gone(processes: Sequence[int]) -> None:
    """Wait until none of the processes lives."""
    wait_until(
        lambda: not any(_lives(process) for process in processes),
        description=f"processes {processes} are gone",
    )


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the SDK use what marshmallow deprecates, and have each shared cloud in one process."""
    for item in items:
        if item.path.is_relative_to(SAMPLES.parent):
            item.add_marker(
                pytest.mark.filterwarnings(
                    "ignore::marshmallow.warnings.RemovedInMarshmallow4Warning"
                )
            )
            for cloud in {"lab_cloud", "plant_cloud"} & set(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.xdist_group(f"mlbatch-{cloud}"))


def configuration(max_nodes: int) -> dict[str, Any]:
    """Return the configuration of a cloud with the sample endpoint."""
    deployments = [f"{name}.yml" for name in DEPLOYMENTS]
    return {
        "storage": {"containers": ["lake"]},
        "machine_learning": {
            "datastores": {
                "lake": {"container": "lake"},
                "workspaceblobstore": {"container": "lake"},
            },
            "max_nodes": max_nodes,
            "endpoints": [{"endpoint": "endpoint.yml", "deployments": deployments}],
        },
    }


@pytest.fixture(scope="session")
def lab_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A cloud with two nodes."""
    state = tmp_path_factory.mktemp("mlbatch")
    with local_cloud(state, configuration(max_nodes=2), root=SAMPLES) as cloud:
        with cloud.applied():
            lab = Lab(cloud)
        yield lab


@pytest.fixture
def lab(lab_cloud: Lab) -> Iterator[Lab]:
    """The cloud with two nodes, shared by the tests that leave it as they found it."""
    with lab_cloud.cloud.applied():
        yield lab_cloud


@pytest.fixture(scope="session")
def plant_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A cloud with a low-priority compute, tight limits, slow preparation and hasty tokens."""
    state = tmp_path_factory.mktemp("plant")
    document = configuration(max_nodes=3)
    document["identity"] = {"token_lifetime_s": 20}
    document["machine_learning"] |= {
        "computes": ["compute.yml"],
        "preparing_s": 0.05,
        "worker_limits": {"memory_mb": 300, "processes": 20, "log_mb": 1},
    }
    with local_cloud(state, document, root=SAMPLES) as cloud:
        with cloud.applied():
            plant = Lab(cloud)
            plant.first_token = plant.token()
        yield plant


@pytest.fixture
def plant(plant_cloud: Lab) -> Iterator[Lab]:
    """The cloud that is hard on jobs, shared by the tests that leave it as they found it."""
    with plant_cloud.cloud.applied():
        yield plant_cloud
