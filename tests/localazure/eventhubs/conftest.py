"""A local cloud with hubs, and a client that talks to it as the app does: over https, by token."""

import itertools
import ssl
from collections.abc import Iterator

import httpx
import pytest
from azure.identity import DefaultAzureCredential

from tests.support.cloud import RunningCloud, local_cloud

HUBS = [f"hub-{number:02}" for number in range(60)]


@pytest.fixture(scope="session")
def hub_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A local cloud with many hubs of four partitions."""
    hubs = {name: {"partitions": 4, "consumer_groups": ["windrow"]} for name in HUBS}
    state = tmp_path_factory.mktemp("hubs")
    with local_cloud(state, {"event_hubs": {"hubs": hubs}}) as running:
        yield running


@pytest.fixture(scope="session")
def client(hub_cloud: RunningCloud) -> Iterator[httpx.Client]:
    """A client with a token for Event Hubs."""
    with connect(hub_cloud) as client:
        yield client


@pytest.fixture(scope="session")
def unused_hubs() -> Iterator[str]:
    """The names of the hubs that no test has used so far."""
    return itertools.chain(HUBS)


@pytest.fixture
def hub(unused_hubs: Iterator[str]) -> str:
    """The name of a hub that this test has for itself."""
    return next(unused_hubs)


def connect(cloud: RunningCloud) -> httpx.Client:
    """Return a client with a token of the cloud's managed identity."""
    with cloud.applied(), DefaultAzureCredential() as credential:
        token = credential.get_token("https://eventhubs.azure.net/.default").token
    return httpx.Client(
        base_url=f"https://{cloud.environment['LOCALAZURE_EVENT_HUBS']}",
        verify=ssl.create_default_context(cafile=cloud.ca_bundle),
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
