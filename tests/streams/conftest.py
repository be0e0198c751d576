"""A storage account for the tests that need the real thing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.lake import Lake
from tests.support.cloud import RunningCloud, local_cloud


@pytest.fixture(scope="session")
def running_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A local cloud with the container `lake`."""
    configuration = {"storage": {"containers": ["lake"]}}
    with local_cloud(tmp_path_factory.mktemp("streams-cloud"), configuration) as running:
        yield running


@pytest.fixture
def cloud(running_cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> RunningCloud:
    """The local cloud, with this process's SDK clients, and its children's, pointed at it."""
    for name, value in running_cloud.environment.items():
        monkeypatch.setenv(name, value)
    return running_cloud


@pytest.fixture
def real_lake(cloud: RunningCloud) -> Iterator[Lake]:
    """The container `lake`."""
    from azure.identity import DefaultAzureCredential

    with DefaultAzureCredential() as credential:
        yield Lake(cloud.blob_uri, "lake", credential)
