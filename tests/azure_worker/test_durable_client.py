"""The SDK's durable client, in Azure's worker, drives the durable API of the stand-in."""

import httpx
import pytest

from tests.azure_worker.conftest import HostOf, PairOf
from tests.azure_worker.http_calls import Answer, Call, answer_of_host, answer_of_worker
from tests.azure_worker.sides import APPS, Pair, durable_client
from tests.localazure.functions_host.host_process import HostProcess

pytestmark = [pytest.mark.xdist_group("azure_worker"), pytest.mark.timeout(900)]

PATTERNS = APPS / "patterns"


def start(instance_id: str) -> Call:
    """A request that starts an orchestration under an id."""
    route = {"name": "chain", "instance_id": instance_id}
    return Call("start", "POST", f"/api/start/chain/{instance_id}", route, {"json": 3})


def use_client(operation: str, instance_id: str) -> Call:
    """A request for an operation of the client."""
    route = {"operation": operation, "instance_id": instance_id}
    return Call("use_client", "POST", f"/api/client/{operation}/{instance_id}", route)


def ask_azure(call: Call, pair: Pair, host: HostProcess) -> Answer:
    """Let Azure's worker answer a request, with a client that leads to the host."""
    request = httpx.Request(call.method, host.url + call.path, **call.options)
    data = call.to_worker(request)
    told = pair.azure.invoke(call.function, data, client=durable_client(host.url))
    return answer_of_worker(told)


def named(answer: Answer, instance_id: str) -> tuple[int, dict[str, str], bytes]:
    """An answer without an instance's id."""
    headers = {name: text.replace(instance_id, "ID") for name, text in answer.headers.items()}
    return answer.status, headers, answer.body.replace(instance_id.encode(), b"ID")


def test_a_story_is_started_from_azures_worker(pair_of: PairOf, host_of: HostOf) -> None:
    """Both sides answer with the same addresses, and both instances end alike."""
    host, pair = host_of(PATTERNS), pair_of(PATTERNS)
    ours = answer_of_host(start("started-here").send(host.url))
    azure = ask_azure(start("started-away"), pair, host)
    assert named(azure, "started-away") == named(ours, "started-here")
    ends = [host.finish(instance_id) for instance_id in ("started-here", "started-away")]
    for field in ("runtimeStatus", "input", "output", "customStatus"):
        assert ends[0][field] == ends[1][field]
    assert ends[0]["output"] == {"result": 24, "kind": "int"}


@pytest.mark.parametrize("operation", ["status", "list", "wait"])
def test_a_story_is_looked_at_alike(operation: str, pair_of: PairOf, host_of: HostOf) -> None:
    """Status with history, listing and waiting answer the same."""
    host = host_of(PATTERNS)
    instance_id = f"ended-for-{operation}"
    start(instance_id).send(host.url)
    host.finish(instance_id)
    call = use_client(operation, instance_id)
    ours = answer_of_host(call.send(host.url))
    assert ask_azure(call, pair_of(PATTERNS), host) == ours


def test_orders_reach_the_stand_in(pair_of: PairOf, host_of: HostOf) -> None:
    """An instance that Azure's worker suspends, resumes, signals and purges fares as with ours."""
    host, pair = host_of(PATTERNS), pair_of(PATTERNS)
    ours, azure = host.start_new("wait_for_go"), host.start_new("wait_for_go")
    for operation in ("suspend", "resume", "raise_event", "wait", "purge"):
        wanted = answer_of_host(use_client(operation, ours).send(host.url))
        answered = ask_azure(use_client(operation, azure), pair, host)
        assert named(answered, azure) == named(wanted, ours)
    assert host.status(azure) == host.status(ours) == {}
