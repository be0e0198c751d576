"""The host on the event hubs of the real local cloud."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.identity import DefaultAzureCredential

from tests.localazure.functions_host.event_hubs.conftest import Listening
from tests.localazure.functions_host.host_process import APPS, HostProcess
from tests.support.cloud import RunningCloud, local_cloud
from tests.support.waiting import wait_until

HUBS = {"telemetry": {"partitions": 1, "consumer_groups": ["windrow"]}}
URL = "/localazure/eventhubs/telemetry/consumergroups/windrow/checkpoints"


@pytest.fixture
def real_cloud(tmp_path: Path) -> Iterator[RunningCloud]:
    """A local cloud with one event hub."""
    with local_cloud(tmp_path / "cloud", {"event_hubs": {"hubs": HUBS}}) as running:
        yield running


def test_the_local_cloud_delivers(
    real_cloud: RunningCloud, new_host: Callable[..., HostProcess], tmp_path: Path
) -> None:
    """Events sent over REST reach the app by managed identity, also after a kill, in order."""
    namespace = real_cloud.environment["LOCALAZURE_EVENT_HUBS"]
    folder = tmp_path / "deliveries"
    folder.mkdir()
    environ = {"EVENTHUB__fullyQualifiedNamespace": namespace, "HUB": "telemetry"}
    host = new_host(
        APPS / "events",
        DELIVERIES=str(folder),
        GROUP="windrow",
        **{**real_cloud.environment, **environ},
    )
    listening = Listening(host.start(), folder)
    with connect(real_cloud, namespace) as client:

        def send(body: bytes) -> None:
            client.post("/telemetry/messages", content=body).raise_for_status()

        def checkpoint() -> Any:
            return client.get(URL).json()["checkpoints"].get("0", {}).get("sequence_number")

        send(b"\xff\x00")
        wait_until(lambda: checkpoint() == 0, description="the first checkpoint")
        assert listening.bodies("batches") == [["\xff\x00"]]
        send(b"hold")
        wait_until(lambda: len(listening.bodies("batches")) == 2, description="the delivery")
        host.kill()
        send(b"late")
        listening.let_go()
        host.start()
        wait_until(lambda: checkpoint() == 2, description="the last checkpoint")
    assert listening.bodies("batches")[2:] in ([["hold", "late"]], [["hold"], ["late"]])


def connect(cloud: RunningCloud, namespace: str) -> httpx.Client:
    """Return a client that may send and look at checkpoints."""
    with cloud.applied(), DefaultAzureCredential() as credential:
        token = credential.get_token("https://eventhubs.azure.net/.default").token
    return httpx.Client(
        base_url=f"https://{namespace}",
        verify=ssl.create_default_context(cafile=cloud.ca_bundle),
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
