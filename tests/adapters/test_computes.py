"""Clusters, through the real SDK and the local cloud."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from azure.identity import DefaultAzureCredential

from adapters.computes import Computes
from adapters.ml_workspace import Workspace
from domain.clusters import Cluster
from domain.errors import EndpointError
from tests.support.cloud import RunningCloud

pytestmark = pytest.mark.xdist_group("cloud")


@pytest.fixture
def computes(cloud: RunningCloud) -> Iterator[Computes]:
    """The adapter, in the workspace of the local cloud."""
    from azure.ai.ml import _azure_environments

    # The SDK asks for the addresses of its cloud once per process; this process may meet several.
    _azure_environments._environments.pop("LocalCloud", None)
    names = cloud.environment
    workspace = Workspace(
        names["LOCALAZURE_SUBSCRIPTION_ID"],
        names["LOCALAZURE_RESOURCE_GROUP"],
        names["LOCALAZURE_WORKSPACE"],
        "lake",
    )
    with DefaultAzureCredential() as credential:
        yield Computes(workspace, credential)
    _azure_environments._environments.pop("LocalCloud", None)


@pytest.fixture
def cluster(computes: Computes) -> str:
    """A cluster of low priority that somebody has made; its name."""
    from azure.ai.ml.entities import AmlCompute

    name = f"c-{uuid.uuid4().hex[:10]}"
    made = AmlCompute(
        name=name,
        location="local",
        size="Standard_DS3_v2",
        tier="low_priority",
        max_instances=3,
        tags={"team": "fleet"},
        description="for tests",
    )
    computes._client.compute.begin_create_or_update(made).result()
    return name


def entity(computes: Computes, name: str) -> Any:
    """What the SDK tells of it."""
    return computes._client.compute.get(name)


def test_a_cluster_is_what_azure_ml_says(computes: Computes, cluster: str) -> None:
    """Numbers, seconds, and the kind of its nodes; None if there is none."""
    assert computes.find(cluster) == Cluster(cluster, 0, 3, 120, low_priority=True)
    assert computes.find("nowhere") is None


def test_scaling_changes_two_numbers_and_nothing_else(computes: Computes, cluster: str) -> None:
    """What is set already is not written again."""
    before = entity(computes, cluster)
    assert computes.scale(cluster, min_instances=1, idle_s=180) is True
    assert computes.find(cluster) == Cluster(cluster, 1, 3, 180, low_priority=True)
    after = entity(computes, cluster)
    same = ("size", "tier", "max_instances", "tags", "description", "location")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert computes.scale(cluster, min_instances=1, idle_s=180) is False
    assert computes.scale(cluster, min_instances=0, idle_s=180) is True


def test_a_cluster_that_is_not_there_cannot_be_scaled(computes: Computes) -> None:
    """It is named."""
    with pytest.raises(EndpointError, match="there is no cluster 'nowhere' that scales"):
        computes.scale("nowhere", min_instances=1, idle_s=120)


def test_what_azure_ml_refuses_is_told(computes: Computes, cluster: str) -> None:
    """More nodes than there may be."""
    with pytest.raises(EndpointError, match=f"scaling cluster '{cluster}'"):
        computes.scale(cluster, min_instances=9, idle_s=120)
