"""The durable extension's HTTP API: paths, parameters, status codes and payloads."""

from tests.localazure.functions_host.host_process import WEBHOOKS, HostProcess
from tests.support.waiting import wait_until

INSTANCES = f"{WEBHOOKS}/instances"


def test_a_start_answers_with_links(patterns: HostProcess) -> None:
    """202, Location, Retry-After and the management URLs, under any host name."""
    response = patterns.post(
        f"{WEBHOOKS}/orchestrators/chain/linked", json="1", headers={"host": "example.test:80"}
    )
    assert response.status_code == 202
    links = response.json()
    assert links["id"] == "linked"
    assert response.headers["location"] == links["statusQueryGetUri"]
    assert response.headers["retry-after"] == "10"
    assert links["statusQueryGetUri"].startswith(f"http://example.test:80{INSTANCES}/linked?")
    assert links["terminatePostUri"].partition("?")[0].endswith("/linked/terminate")
    patterns.finish("linked")


def test_a_start_can_wait_for_the_output(patterns: HostProcess) -> None:
    """With timeout and pollingInterval the answer is the output."""
    path = f"{WEBHOOKS}/orchestrators/chain?timeout=10&pollingInterval=0.05"
    # A text that holds JSON, which is what the SDK's client sends and its get_input reads.
    response = patterns.post(path, json="1")
    assert (response.status_code, response.json()["result"]) == (200, 8)


def test_starts_are_checked(patterns: HostProcess) -> None:
    """Unknown names, bad ids and bad JSON are 400 with an explanation."""
    unknown = patterns.post(f"{WEBHOOKS}/orchestrators/nobody")
    assert unknown.status_code == 400
    assert "The function 'nobody' doesn't exist" in unknown.json()["Message"]
    bad_id = patterns.post(f"{WEBHOOKS}/orchestrators/chain/@x")
    assert bad_id.status_code == 400
    assert "`instanceId` must not start with" in bad_id.json()["Message"]
    bad_json = patterns.post(f"{WEBHOOKS}/orchestrators/chain", content=b"{")
    assert bad_json.status_code == 400
    assert bad_json.json()["Message"] == "Invalid JSON content"
    assert "line 1 column 2" in bad_json.json()["ExceptionMessage"]
    bad_text = patterns.post(f"{WEBHOOKS}/orchestrators/chain", content=b"\xff")
    assert (bad_text.status_code, bad_text.json()["Message"]) == (400, "Invalid JSON content")


def test_a_status_shows_input_and_history_when_asked(patterns: HostProcess) -> None:
    """showInput is on, showHistory off by default; history pairs ends with beginnings."""
    status = patterns.run("chain", 2)
    instance_id = status["instanceId"]
    assert status["input"] == "2"  # the SDK sends JSON inside JSON, and Azure shows that
    assert "historyEvents" not in status
    assert patterns.status(instance_id, showInput="false")["input"] is None
    shown = patterns.status(instance_id, showHistory="true", showHistoryOutput="true")
    events = shown["historyEvents"]
    assert [event["EventType"] for event in events] == [
        "ExecutionStarted",
        *["TaskCompleted"] * 3,
        "ExecutionCompleted",
    ]
    assert (events[1]["FunctionName"], events[1]["Result"]) == ("double", 4)
    assert events[1]["ScheduledTime"] <= events[1]["Timestamp"]
    assert events[0]["Input"] == '"2"'
    shown = patterns.status(instance_id, showHistory="true", showInput="false")["historyEvents"]
    assert not any("Input" in event or "Result" in event for event in shown)


def test_a_history_shows_what_has_not_come_back(patterns: HostProcess) -> None:
    """Open calls and all timers are entries of their own."""
    asked = patterns.start_new("approval", 3_600_000)
    assert shown_types(patterns, asked) == ["ExecutionStarted", "TimerCreated"]
    held = patterns.start_new("holds_back")
    assert shown_types(patterns, held) == ["ExecutionStarted", "TaskScheduled"]
    for name in (asked, held):
        patterns.post(f"{INSTANCES}/{name}/terminate")


def shown_types(host: HostProcess, instance_id: str) -> list[str]:
    """Return the types of the events of a history, once the first turn has been made."""

    def types() -> list[str]:
        history = host.status(instance_id, showHistory="true")["historyEvents"]
        return [one["EventType"] for one in history]

    return wait_until(lambda: len(types()) > 1 and types(), description="the first turn") or []


def test_status_codes_follow_the_status(patterns: HostProcess) -> None:
    """202 while alive, 200 after, 404 for nobody, 500 for a failure only if asked."""
    assert patterns.get(f"{INSTANCES}/nobody").status_code == 404
    instance_id = patterns.start_new("wait_for_go")
    alive = patterns.get(f"{INSTANCES}/{instance_id}")
    assert (alive.status_code, alive.headers["retry-after"]) == (202, "5")
    assert alive.headers["location"].endswith(instance_id)
    patterns.raise_event(instance_id, "go")
    patterns.finish(instance_id)
    assert patterns.get(f"{INSTANCES}/{instance_id}").status_code == 200
    failed = patterns.run("raising")["instanceId"]
    assert patterns.get(f"{INSTANCES}/{failed}").status_code == 200
    asked = patterns.get(f"{INSTANCES}/{failed}?returnInternalServerErrorOnFailure=true")
    assert asked.status_code == 500


def test_orders_need_a_living_instance(patterns: HostProcess) -> None:
    """404 for nobody, 410 for an ended instance, 412 for a purge of a living one."""
    ended = patterns.run("flat", 1)["instanceId"]
    for order in ("terminate", "suspend", "resume", "raiseEvent/go"):
        assert patterns.post(f"{INSTANCES}/nobody/{order}", json=1).status_code == 404
        assert patterns.post(f"{INSTANCES}/{ended}/{order}", json=1).status_code == 410
    alive = patterns.start_new("wait_for_go")
    url = patterns.url + f"{INSTANCES}/{alive}"
    assert patterns.delete(url).status_code == 412
    assert patterns.post(f"{INSTANCES}/{alive}/terminate?reason=r").status_code == 202
    assert patterns.finish(alive)["output"] == "r"
    assert patterns.delete(url).json() == {"instancesDeleted": 1}
    assert patterns.delete(url).status_code == 404


def test_events_are_json(patterns: HostProcess) -> None:
    """Another content type or broken JSON is 400."""
    alive = patterns.start_new("wait_for_go")
    path = f"{INSTANCES}/{alive}/raiseEvent/go"
    assert patterns.post(path, content=b"x").status_code == 400
    headers = {"content-type": "application/json"}
    assert patterns.post(path, content=b"{", headers=headers).status_code == 400
    assert patterns.post(path, content=b"1", headers=headers).status_code == 202
    assert patterns.finish(alive)["output"] == {"go": 1}


def test_instances_are_listed_by_page(patterns: HostProcess) -> None:
    """Filters, page size and continuation token; unknown tokens are 400."""
    for number in range(3):
        patterns.start_new("flat", 1, f"paged-{number}")
        patterns.finish(f"paged-{number}")
    query = {"instanceIdPrefix": "paged-", "top": "2", "runtimeStatus": "Completed,Failed"}
    first = patterns.get(f"{INSTANCES}/", params=query)
    assert [one["instanceId"] for one in first.json()] == ["paged-0", "paged-1"]
    token = {"x-ms-continuation-token": first.headers["x-ms-continuation-token"]}
    second = patterns.get(INSTANCES, params=query, headers=token)
    assert [one["instanceId"] for one in second.json()] == ["paged-2"]
    assert "x-ms-continuation-token" not in second.headers
    assert patterns.get(INSTANCES, params={**query, "runtimeStatus": "Failed"}).json() == []
    wrong = {"x-ms-continuation-token": "%%%"}
    assert patterns.get(INSTANCES, headers=wrong).status_code == 400


def test_many_are_purged_by_filter(patterns: HostProcess) -> None:
    """A purge by filter needs a time and takes ended instances only."""
    assert patterns.delete(patterns.url + INSTANCES).status_code == 400
    nothing = patterns.delete(f"{patterns.url}{INSTANCES}?createdTimeFrom=2999-01-01T00:00:00Z")
    assert nothing.status_code == 404
    wrong = patterns.delete(f"{patterns.url}{INSTANCES}?createdTimeFrom=yesterday")
    assert wrong.status_code == 400


def test_an_instance_is_restarted(patterns: HostProcess) -> None:
    """With its first input, under a new id or the old one; a living one keeps its id."""
    first = patterns.run("flat", 3)
    again = patterns.post(f"{INSTANCES}/{first['instanceId']}/restart").json()["id"]
    assert again != first["instanceId"]
    assert patterns.finish(again)["output"] == first["output"]
    same = f"{INSTANCES}/{first['instanceId']}/restart?restartWithNewInstanceId=false"
    assert patterns.post(same).json()["id"] == first["instanceId"]
    assert patterns.finish(first["instanceId"])["output"] == first["output"]
    alive = patterns.start_new("wait_for_go")
    refused = patterns.post(f"{INSTANCES}/{alive}/restart?restartWithNewInstanceId=false")
    assert refused.status_code == 409
    assert refused.json()["Message"].startswith("A non-terminal instance with this instance ID")
    nobody = patterns.post(f"{INSTANCES}/nobody/restart")
    assert nobody.status_code == 400
    assert nobody.json()["Message"] == "InstanceId does not match a valid orchestration instance."
    patterns.post(f"{INSTANCES}/{alive}/terminate")
    wait_until(lambda: patterns.status(alive)["runtimeStatus"] == "Terminated", description="end")


def test_entities_are_refused(patterns: HostProcess) -> None:
    """The entity routes say that they are not imitated."""
    assert patterns.get(f"{WEBHOOKS}/entities/counter/one").status_code == 501
    assert patterns.post(f"{WEBHOOKS}/entities/counter/one?op=add").status_code == 501
