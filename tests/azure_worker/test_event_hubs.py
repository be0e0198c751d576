"""Event Hub functions see the same events, and the same retries, on both sides."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.azure_worker.conftest import PairOf
from tests.azure_worker.host_messages import Origin, many, single
from tests.azure_worker.peers import Json
from tests.azure_worker.sides import APPS, Pair, durable_client, surroundings
from tests.localazure.functions_host.event_hubs.plane import Plane
from tests.localazure.functions_host.host_process import HostProcess
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.xdist_group("azure_worker"), pytest.mark.timeout(900)]

EVENTS = APPS / "events"
HUBS = ("telemetry", "singles", "texts", "retried", "persistent")


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    """A plane whose hubs have their events from the beginning, so that they come in one batch."""
    made = Plane(tmp_path_factory.mktemp("plane") / "tls", *HUBS)
    for hub in ("telemetry", "texts", "singles"):
        made.send(hub, b"a", '{"ä": 1}'.encode(), key="k")
        made.send(hub, "größer".encode())
    made.send("telemetry", b"\x00\xff", b"")
    made.send("retried", b"fail 2")
    yield made.start()
    made.stop()


@pytest.fixture(scope="module")
def host(plane: Plane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """A host of the events app that listens to the plane."""
    folder = tmp_path_factory.mktemp("events-host")
    environ = {**surroundings(folder / "files"), **plane.environment}
    made = HostProcess(EVENTS, folder / "state", **environ).start()
    yield made
    assert made.stop() == 0, made.output()


@pytest.fixture(name="pair")
def pair_of_events(pair_of: PairOf) -> Pair:
    """The events app on both sides."""
    return pair_of(EVENTS)


def deliveries(folder: Path, function: str) -> list[Json]:
    """What was delivered to a function, oldest first, without what no two deliveries share."""
    found = [json.loads(one.read_text("utf-8")) for one in sorted(folder.glob(f"{function}-*"))]
    for one in found:
        one["metadata"].pop("sys", None)
    return found


def delivered(host: HostProcess, function: str, count: int) -> Sequence[Json]:
    """Wait for a number of deliveries by a host."""
    folder = Path(host.environ["DELIVERIES"])
    wait_until(
        lambda: len(deliveries(folder, function)) >= count, description=f"deliveries to {function}"
    )
    return deliveries(folder, function)


@pytest.mark.parametrize(
    ("function", "hub", "group"),
    [("batches", "telemetry", "windrow"), ("texts", "texts", "$Default")],
)
def test_many_events_are_seen_alike(
    function: str, hub: str, group: str, plane: Plane, host: HostProcess, pair: Pair
) -> None:
    """Bodies as bytes or texts, keys, numbers, offsets, times, and the metadata of the batch."""
    ours = delivered(host, function, 1)
    told = many(
        plane.hubs[hub][0], Origin(plane.namespace, hub, group), binary=function == "batches"
    )
    client = durable_client(host.url)
    ended = pair.azure.invoke(function, told.data, metadata=told.metadata, client=client)
    assert "error" not in ended
    assert ours == deliveries(pair.azure_folder, function)


def test_one_event_is_seen_alike(plane: Plane, host: HostProcess, pair: Pair) -> None:
    """With a key and without one, each in an invocation of its own."""
    events = plane.hubs["singles"][0]
    ours = delivered(host, "singles", len(events))
    for event in events:
        told = single(event, Origin(plane.namespace, "singles"))
        assert "error" not in pair.azure.invoke("singles", told.data, metadata=told.metadata)
    assert ours == deliveries(pair.azure_folder, "singles")


def test_retries_are_seen_alike(plane: Plane, host: HostProcess, pair: Pair) -> None:
    """The number of the attempt, their limit, and the error of the attempt before."""
    ours = delivered(host, "retried", 3)
    told = many(plane.hubs["retried"][0], Origin(plane.namespace, "retried"), binary=True)
    retry: Json = {"retry_count": 0, "max_retry_count": 2}
    for attempt in range(3):
        ended = pair.azure.invoke("retried", told.data, metadata=told.metadata, retry=retry)
        assert ("error" in ended) == (attempt < 2)
        if "error" in ended:
            message = ended["error"]["message"].removeprefix("RuntimeError: ")
            retry = {**retry, "retry_count": attempt + 1, "exception": {"message": message}}
    assert ours == deliveries(pair.azure_folder, "retried")
