"""The durable patterns, run by a real host and driven through HTTP only."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.localazure.functions_host.host_process import WEBHOOKS, HostProcess
from tests.support.waiting import wait_until


def marks(host: HostProcess, name: str) -> list[Path]:
    """Return the marks that activities left under a name."""
    return list(Path(host.environ["MARKS"]).glob(f"{name}.*"))


def let_go(host: HostProcess, name: str) -> None:
    """Allow a held-back activity to return."""
    Path(host.environ["MARKS"], f"go-{name}").touch()


def is_running(host: HostProcess, instance_id: str) -> bool:
    """Say whether an instance has begun."""
    return bool(host.status(instance_id)["runtimeStatus"] == "Running")


def test_a_chain_passes_results_on(patterns: HostProcess) -> None:
    """Activities called by name and by function, sync and async, see the result before."""
    status = patterns.run("chain", 3)
    assert status["output"] == {"result": 24, "kind": "int"}
    assert status["customStatus"] == {"step": 3}


def test_fan_out_joins_in_order(patterns: HostProcess) -> None:
    """A wide fan-out completes with every result once."""
    assert patterns.run("flat", 300)["output"] == sum(2 * n for n in range(300))


def test_a_fan_out_over_nothing_completes(patterns: HostProcess) -> None:
    """`task_all` of an empty list is done at once (with None, which is the SDK's answer)."""
    assert patterns.run("flat", 0)["output"] == 0


def test_sub_orchestrations_fan_out_too(patterns: HostProcess) -> None:
    """Children without ids run side by side and give their outputs to the parent."""
    assert patterns.run("segmented", [4, 10])["output"] == 4 * sum(2 * n for n in range(10))


def test_tasks_nest(patterns: HostProcess) -> None:
    """`task_all` and `task_any` nest, around retries, timers and children."""
    assert patterns.run("everything_at_once")["output"] == [2, "attempt 3", 8, 10, 100]


def test_a_retried_activity_succeeds_in_the_end(patterns: HostProcess) -> None:
    """Two failures of three allowed attempts are not seen by the orchestrator."""
    assert patterns.run("retried", 2)["output"] == "attempt 3"


def test_retries_are_limited(patterns: HostProcess) -> None:
    """After the last attempt the orchestrator sees the activity's failure, and no more runs."""
    status = patterns.run("retried", 99)
    reason = "Activity function 'flaky' failed: ValueError: attempt 3"
    assert status["output"] == f"gave up: {reason}"
    assert len(marks(patterns, status["instanceId"])) == 3


def test_retries_keep_their_place_among_other_tasks(patterns: HostProcess) -> None:
    """Each of many tasks gets its own result, however retries and new tasks interleave."""
    output = patterns.run("many_retried")["output"]
    expected = [one for n in range(20) for one in (2 * n, f"attempt {n % 3 + 1}")]
    assert output == {"first": True, "extra": 200, "rest": expected}


def test_a_sub_orchestration_is_retried(patterns: HostProcess) -> None:
    """A child that fails is started again."""
    assert patterns.run("retried_child")["output"] == "attempt 2"


def test_a_failure_names_its_function(patterns: HostProcess) -> None:
    """An unhandled failure ends the instance with the sentence of the real extension."""
    status = patterns.run("failing")
    assert status["runtimeStatus"] == "Failed"
    wanted = "Orchestrator function 'failing' failed: Activity function 'flaky' failed: ValueError"
    assert status["output"].startswith(wanted)


def test_a_failure_reaches_the_parent(patterns: HostProcess) -> None:
    """A child's failure is the parent's, with both names."""
    output = patterns.run("failing_parent")["output"]
    wanted = "Orchestrator function 'failing_parent' failed: Orchestrator function 'failing' failed"
    assert output.startswith(wanted)


def test_an_orchestrator_that_raises_fails(patterns: HostProcess) -> None:
    """An exception before the first yield fails the instance with its message."""
    output = patterns.run("raising")["output"]
    assert output == "Orchestrator function 'raising' failed: nothing here"


def test_what_is_not_imitated_is_named(patterns: HostProcess) -> None:
    """Entities and durable HTTP fail the instance with one sentence that names them."""
    assert "(call_entity) is not imitated" in patterns.run("calls_entity")["output"]
    assert "(call_http) is not imitated" in patterns.run("calls_http")["output"]


def test_an_unknown_activity_is_named(patterns: HostProcess) -> None:
    """Calling what the app does not have fails the instance and lists what it has."""
    output = patterns.run("calls_unknown")["output"]
    assert "The function 'not_there' doesn't exist" in output
    assert "'double'" in output


def test_a_result_that_is_not_json_fails_the_activity(patterns: HostProcess) -> None:
    """An unserialisable return value is the activity's failure."""
    assert "must be json serializable" in patterns.run("unserialisable")["output"]


def test_a_monitor_begins_anew(patterns: HostProcess) -> None:
    """`continue_as_new` keeps the id, takes the new input and drops the history."""
    status = patterns.run("monitor", {"round": 0, "until": 10})
    assert status["output"] == {"rounds": 10, "id": status["instanceId"]}
    assert status["customStatus"] == "round 10"


def test_a_child_may_begin_anew(patterns: HostProcess) -> None:
    """A sub-orchestration that continues as new stays its parent's child."""
    status = patterns.run("parent_of_monitor")
    assert status["output"] == {"rounds": 5, "id": f"{status['instanceId']}-child"}


def test_an_event_releases_the_wait(patterns: HostProcess) -> None:
    """An external event delivers its data."""
    instance_id = patterns.start_new("wait_for_go")
    wait_until(lambda: is_running(patterns, instance_id), description="it waits")
    assert patterns.raise_event(instance_id, "go", {"n": 1}).status_code == 202
    assert patterns.finish(instance_id)["output"] == {"go": {"n": 1}}


def test_an_early_event_is_kept(patterns: HostProcess) -> None:
    """An event that comes before its wait is delivered when the wait begins."""
    instance_id = patterns.start_new("early_event")
    patterns.raise_event(instance_id, "go", "early")
    let_go(patterns, instance_id)
    assert patterns.finish(instance_id)["output"] == {"go": "early"}


def test_events_are_carried_into_the_next_execution(patterns: HostProcess) -> None:
    """Events that no wait has taken survive `continue_as_new`."""
    instance_id = patterns.start_new("collector")
    for name in ("c", "b", "a"):
        patterns.raise_event(instance_id, name, name * 2)
    let_go(patterns, instance_id)
    assert patterns.finish(instance_id)["output"] == ["aa", "bb", "cc"]
    assert "Azure discards such events" in patterns.output()


def test_an_approval_in_time_cancels_the_timer(patterns: HostProcess) -> None:
    """A cancelled timer does not keep the instance alive."""
    instance_id = patterns.start_new("approval", 3_600_000)
    wait_until(lambda: is_running(patterns, instance_id), description="it waits")
    patterns.raise_event(instance_id, "approved", True)
    assert patterns.finish(instance_id)["output"] == "approved"


def test_a_late_approval_is_escalated(patterns: HostProcess) -> None:
    """A timer that fires first wins."""
    assert patterns.run("approval", 100)["output"] == "escalated"


def test_an_open_timer_keeps_the_instance_running(patterns: HostProcess) -> None:
    """As in Azure, an orchestrator that returns ends only when its open timer has fired."""
    status = patterns.run("forgotten_timer", 300)
    history = patterns.status(status["instanceId"], showHistory="true")["historyEvents"]
    assert "TimerFired" in [event["EventType"] for event in history]


def test_a_singleton_runs_once(patterns: HostProcess) -> None:
    """A running instance id is not started again; an ended one is."""
    assert patterns.post("/api/singleton/only-one").status_code == 202
    wait_until(lambda: is_running(patterns, "only-one"), description="it runs")
    assert patterns.post("/api/singleton/only-one").status_code == 409
    patterns.raise_event("only-one", "go", 1)
    assert patterns.finish("only-one")["output"] == {"go": 1}
    assert patterns.post("/api/singleton/only-one").status_code == 202
    patterns.raise_event("only-one", "go", 2)
    assert patterns.finish("only-one")["output"] == {"go": 2}


def test_of_many_starts_of_one_id_one_wins(patterns: HostProcess) -> None:
    """Starting a running id is refused with 409, whoever comes first."""
    path = f"{WEBHOOKS}/orchestrators/wait_for_go/contested"
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: patterns.post(path).status_code, range(8)))
    assert sorted(codes) == [202] + [409] * 7
    patterns.post(f"{WEBHOOKS}/instances/contested/terminate")
    patterns.finish("contested")


def test_replay_sees_the_same_ids_and_times(patterns: HostProcess) -> None:
    """new_guid, new_uuid and current_utc_datetime repeat; is_replaying is false once."""
    status = patterns.run("deterministic")
    assert status["output"] == {"same": True, "parent": None}
    assert len(marks(patterns, f"fresh-{status['instanceId']}")) == 1


def test_terminate_ends_at_once_and_spares_children(patterns: HostProcess) -> None:
    """A terminated instance shows the reason; its sub-orchestration goes on, as in Azure."""
    parent = patterns.start_new("parent_of_wait")
    child = f"{parent}-child"
    wait_until(lambda: patterns.status(child), description="the child exists")
    wait_until(lambda: is_running(patterns, child), description="the child runs")
    patterns.post(f"/api/client/terminate/{parent}")
    ended = patterns.finish(parent)
    assert (ended["runtimeStatus"], ended["output"]) == ("Terminated", "because")
    patterns.raise_event(child, "go", "on")
    assert patterns.finish(child)["output"] == {"go": "on"}


def test_a_suspended_instance_waits(patterns: HostProcess) -> None:
    """What arrives during a suspension is handled after it."""
    instance_id = patterns.start_new("wait_for_go")
    wait_until(lambda: is_running(patterns, instance_id), description="it runs")
    patterns.post(f"/api/client/suspend/{instance_id}")
    wait_until(
        lambda: patterns.status(instance_id)["runtimeStatus"] == "Suspended",
        description="it is suspended",
    )
    patterns.raise_event(instance_id, "go", "later")
    assert patterns.status(instance_id)["runtimeStatus"] == "Suspended"
    patterns.post(f"/api/client/resume/{instance_id}")
    assert patterns.finish(instance_id)["output"] == {"go": "later"}


def test_busy_activities_do_not_stop_orchestrators(patterns: HostProcess) -> None:
    """While every activity thread computes, orchestrators and HTTP still answer soon."""
    busy = patterns.start_new("busy_and_idle")
    wait_until(lambda: is_running(patterns, busy), description="the activities compute")
    instance_id = patterns.start_new("approval", 50)
    assert patterns.finish(instance_id, timeout_s=5)["output"] == "escalated"
    patterns.finish(busy)


def test_the_sdk_client_works(patterns: HostProcess) -> None:
    """The SDK's own client raises events, reads status with history, waits, lists and purges."""
    instance_id = patterns.start_new("wait_for_go")
    patterns.post(f"/api/client/raise_event/{instance_id}")
    done = patterns.post(f"/api/client/wait/{instance_id}")
    # The SDK encodes event data twice, in Azure too: the orchestrator gets a JSON text.
    assert (done.status_code, done.json()) == (200, {"go": '{"sent": "by the client"}'})
    status: dict[str, Any] = patterns.post(f"/api/client/status/{instance_id}").json()
    assert status["runtimeStatus"] == "Completed"
    assert patterns.post(f"/api/client/list/{instance_id}").json() == [instance_id]
    assert patterns.post(f"/api/client/purge/{instance_id}").json() == 1
    assert patterns.post(f"/api/client/purge/{instance_id}").json() == 0


def test_the_sdk_client_gives_orders(patterns: HostProcess) -> None:
    """It suspends, resumes, terminates, restarts under the old id, lists all, purges by filter."""

    def order(operation: str) -> Any:
        answer = patterns.post(f"/api/client/{operation}/{instance_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reaches(status: str) -> None:
        wait_until(
            lambda: patterns.status(instance_id)["runtimeStatus"] == status,
            description=f"it is {status}",
        )

    instance_id = patterns.start_new("wait_for_go")
    reaches("Running")
    for operation, status in (("suspend", "Suspended"), ("resume", "Running")):
        order(operation)
        reaches(status)
    order("terminate")
    reaches("Terminated")
    order("restart")
    reaches("Running")
    order("terminate")
    reaches("Terminated")
    assert instance_id in order("list_all")
    assert order("purge_by") >= 1
    assert patterns.status(instance_id) == {}


def test_failures_are_shown_from_the_apps_first_line_on(patterns: HostProcess) -> None:
    """Tracebacks start in the app, on the console as in the details of a failure."""
    patterns.run("raising")
    instance_id = patterns.run("failing")["instanceId"]
    shown = patterns.status(instance_id, showHistory="true")["historyEvents"]
    failure = next(event for event in shown if event["EventType"] == "TaskFailed")
    assert failure["Reason"] == "Activity function 'flaky' failed: ValueError: attempt 1"
    details = json.loads(failure["Details"])
    assert details["Message"] == "ValueError: attempt 1"
    assert details["StackTraceString"].lstrip().startswith(f'File "{patterns.app}')
    assert "functions_host/invocation.py" not in patterns.output()
    assert "LookupError: nothing here" in patterns.output()
