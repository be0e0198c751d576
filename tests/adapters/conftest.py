"""One local cloud for all tests of the adapters that talk to Azure, and a hand to work with it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.lake import Lake
from tests.support.cloud import RunningCloud, local_cloud

ENDPOINT = Path(__file__).with_name("endpoint")
CONFIGURATION = {
    "storage": {"containers": ["lake"]},
    "machine_learning": {
        "datastores": {"lake": {"container": "lake"}},
        "max_nodes": 2,
        "endpoints": [
            {"endpoint": "endpoint.yml", "deployments": ["first.yml", "second.yml"]},
            {"endpoint": "undecided.yml", "deployments": ["only.yml"]},
        ],
    },
}


@pytest.fixture(scope="session")
def running_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A local cloud with the container `lake` and two batch endpoints."""
    state = tmp_path_factory.mktemp("adapters-cloud")
    with local_cloud(state, CONFIGURATION, root=ENDPOINT) as running:
        yield running


@pytest.fixture
def cloud(running_cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> RunningCloud:
    """The local cloud, with this process's SDK clients pointed at it for the test."""
    for name, value in running_cloud.environment.items():
        monkeypatch.setenv(name, value)
    return running_cloud


@pytest.fixture
def lake(cloud: RunningCloud) -> Iterator[Lake]:
    """The container `lake`."""
    from azure.identity import DefaultAzureCredential

    with DefaultAzureCredential() as credential:
        yield Lake(cloud.blob_uri, "lake", credential)


@pytest.fixture
def folder() -> str:
    """A folder in the lake that no other test uses, with a slash at the end."""
    return f"tests/{uuid.uuid4()}/"
