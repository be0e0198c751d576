"""A hand to register and deploy with, as a deploy script would do it: azure-ai-ml alone."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.ai.ml import Input, Output, load_batch_endpoint, load_environment
from azure.ai.ml.constants._endpoint import EndpointInvokeFields
from azure.ai.ml.entities import AmlCompute, Model
from azure.ai.ml.entities._load_functions import load_model_batch_deployment

from tests.localazure.mlbatch.conftest import LAKE, Lab

SAMPLES = Path(__file__).with_name("samples")
COMPUTE = "registry-cluster"


@dataclass(frozen=True)
class Workshop:
    """Registers and deploys in the workspace of a lab."""

    lab: Lab

    def model(self, name: str, version: str, weight: str = "1", file: str = "") -> Any:
        """Put a model into the lake and register it: its folder, or one ``file`` of it."""
        folder = f"models/{name}/{version}"
        self.lab.lake.upload_blob(f"{folder}/deep/weight.txt", weight, overwrite=True)
        return self.lab.ml.models.create_or_update(
            Model(name=name, version=version, type="custom_model", path=f"{LAKE}/{folder}{file}")
        )

    def environment(self) -> Any:
        """Register the sample environment."""
        return self.lab.ml.environments.create_or_update(
            load_environment(SAMPLES / "environment.yml")
        )

    def endpoint(self, name: str, **changes: object) -> Any:
        """Create or replace an endpoint."""
        overrides = [{"name": name}, *({key: value} for key, value in changes.items())]
        loaded = load_batch_endpoint(SAMPLES / "endpoint.yml", params_override=overrides)
        return self.lab.ml.batch_endpoints.begin_create_or_update(loaded).result()

    def deploy(self, name: str, endpoint: str, **changes: object) -> Any:
        """Create or replace a deployment, with changes to the fields of its file."""
        stated: dict[str, object] = {"name": name, "endpoint_name": endpoint, **changes}
        overrides = [{key: value} for key, value in stated.items()]
        loaded = load_model_batch_deployment(SAMPLES / "blue.yml", params_override=overrides)
        return self.lab.ml.batch_deployments.begin_create_or_update(loaded).result()

    def switch(self, endpoint: str, default: str) -> Any:
        """Make a deployment the default of its endpoint."""
        found = self.lab.ml.batch_endpoints.get(endpoint)
        found.defaults.deployment_name = default
        return self.lab.ml.batch_endpoints.begin_create_or_update(found).result()

    def score(self, endpoint: str, deployment: str | None) -> str:
        """Run a job over one file, on the default if none is named; return the row it wrote."""
        job = self.invoke(endpoint, deployment)
        self.lab.wait_for(job, "Completed")
        return self.lab.output(job).strip()

    def invoke(self, endpoint: str, deployment: str | None) -> str:
        """Submit a job over one file; return its name."""
        name = f"job-{uuid.uuid4()}"
        # The SDK keeps the header of an earlier call that named a deployment.
        EndpointInvokeFields.DEFAULT_HEADER.pop(EndpointInvokeFields.MODEL_DEPLOYMENT, None)
        self.lab.ml.batch_endpoints.invoke(
            endpoint_name=endpoint,
            deployment_name=deployment,
            inputs={"parts": Input(type="uri_folder", path=f"{LAKE}/{self.lab.put('x')}")},
            outputs={"score": Output(type="uri_file", path=f"{LAKE}/out/{name}/scores.csv")},
            job_name=name,
        )
        return name


def create_compute(lab: Lab) -> None:
    """Create the cluster that the sample deployment names."""
    lab.ml.compute.begin_create_or_update(AmlCompute(name=COMPUTE, max_instances=2)).result()


@pytest.fixture(scope="session")
def furnished(lab_cloud: Lab) -> Iterator[Workshop]:
    """A workshop in the cloud that all tests share, with a compute and an environment."""
    workshop = Workshop(lab_cloud)
    with lab_cloud.cloud.applied():
        create_compute(lab_cloud)
        workshop.environment()
    yield workshop
    with lab_cloud.cloud.applied():
        lab_cloud.ml.compute.begin_delete(COMPUTE).result()


@pytest.fixture
def shop(furnished: Workshop, lab: Lab) -> Workshop:
    """The workshop; this process's SDK clients are pointed at its cloud."""
    assert furnished.lab is lab
    return furnished


@pytest.fixture
def name() -> str:
    """A name that nobody else uses."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
def endpoint(shop: Workshop, name: str) -> Iterator[str]:
    """An endpoint without deployments."""
    shop.endpoint(name)
    yield name
    shop.lab.ml.batch_endpoints.begin_delete(name).result()
