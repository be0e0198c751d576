"""Windrow's routes and timers that need no cloud do the same on both sides."""

import json
from pathlib import Path

import pytest

from domain import names
from tests.azure_worker.conftest import HostOf, PairOf
from tests.azure_worker.host_messages import Delivery, Origin, many, tick
from tests.azure_worker.http_calls import Call, answer_of_host, answer_of_worker
from tests.azure_worker.sides import durable_client
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.xdist_group("azure_worker"), pytest.mark.timeout(900)]

# Nothing ticks meanwhile but what a test asks for.
SETTINGS = {"TASKHUB_NAME": "windrow", "AzureWebJobs.sweep_streams.Disabled": "true"}
NAMED = {"name": "fleet_health"}
CALLS = [
    Call("list_pipelines", "GET", "/api/pipelines"),
    Call("get_pipeline", "GET", "/api/pipelines/fleet_health", NAMED),
    Call("get_pipeline", "GET", "/api/pipelines/nobody", {"name": "nobody"}),
    Call("list_runs", "GET", "/api/runs?status=Sleeping&limit=x&colour=red"),
    Call("list_runs", "GET", "/api/runs"),
    Call(
        *("start_pipeline_run", "POST", "/api/pipelines/fleet_health/runs", NAMED),
        {"json": {"from": "2026-01-02", "to": "yesterday"}},
    ),
    Call(
        *("start_pipeline_run", "POST", "/api/pipelines/fleet_health/runs", NAMED),
        {"content": b"{"},
    ),
    Call("get_pipeline_quality", "GET", "/api/pipelines/fleet_health/quality?limit=0", NAMED),
    Call("list_intervals", "GET", "/api/pipelines/fleet_health/intervals", NAMED),
]
EVENT = {
    "sequence_number": 1,
    "offset": "1",
    "enqueued_time": "2026-01-01T00:00:00Z",
    "partition_key": None,
    "properties": {},
    "body": "e30=",
}
TOLD = {
    "fleet_health_timer": Delivery(tick(past_due=False), {}),
    "fleet_stream_events": many([EVENT], Origin("127.0.0.1", "telemetry"), binary=True),
}


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_route_answers_the_same(
    call: Call, windrow: Path, pair_of: PairOf, host_of: HostOf
) -> None:
    """Pipelines, and every problem that is told before a service is needed."""
    host = host_of(windrow, **SETTINGS)
    response = call.send(host.url)
    data = call.to_worker(response.request)
    told = pair_of(windrow).azure.invoke(call.function, data, client=durable_client(host.url))
    assert answer_of_host(response) == answer_of_worker(told)


@pytest.mark.parametrize("function", ["fleet_health_timer", "fleet_stream_events"])
def test_what_needs_a_cloud_fails_in_the_same_words(
    function: str, windrow: Path, pair_of: PairOf, host_of: HostOf
) -> None:
    """Without settings a tick and a delivery of events name every one that is missing."""
    host = host_of(windrow, **SETTINGS)
    told = TOLD[function]
    client = durable_client(host.url)
    ended = pair_of(windrow).azure.invoke(
        function, told.data, metadata=told.metadata, client=client
    )
    message = ended["error"]["message"]
    assert message.startswith("SettingsError: ")
    before = host.output().count(message)
    assert host.post(f"/admin/functions/{function}", json={"input": "{}"}).status_code == 202
    wait_until(lambda: host.output().count(message) > before, description="the failure is told")


@pytest.mark.parametrize("activity", names.ACTIVITIES)
@pytest.mark.parametrize("payload", ["{}", '{"run": 1}'])
def test_an_order_that_cannot_be_read_is_refused_alike(
    activity: str, payload: str, windrow: Path, pair_of: PairOf
) -> None:
    """Every activity crosses the boundary with data, and nothing is raised."""
    azure, ours = pair_of(windrow).activity(activity, payload)
    assert azure == ours
    assert azure.returned is not None
    assert "refused" in json.loads(azure.returned)
