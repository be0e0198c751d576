"""Rewinding over HTTP and by the SDK's client: what failed is done again, and nothing else."""

from pathlib import Path

from tests.localazure.functions_host.host_process import WEBHOOKS, HostProcess

INSTANCES = f"{WEBHOOKS}/instances"


def marks(host: HostProcess, name: str) -> int:
    """Count the runs that left a mark."""
    return len(list(Path(host.environ["MARKS"]).glob(f"{name}.*")))


def fail(host: HostProcess, name: str, instance_id: str) -> None:
    """Run an orchestrator to its failure, then open the gate that caused it."""
    child = f"{instance_id}-child" if name == "gated_family" else instance_id
    Path(host.environ["MARKS"], f"go-{child}").touch()
    host.start_new(name, None, instance_id)
    failed = host.finish(instance_id)
    assert failed["runtimeStatus"] == "Failed"
    assert "the gate is closed" in failed["output"]
    assert marks(host, f"gate-{child}") == 3
    Path(host.environ["MARKS"], f"open-{child}").touch()


def test_a_failed_instance_goes_on_from_before_its_failure(patterns: HostProcess) -> None:
    """What had succeeded is kept, retries begin anew, what followed the failure is forgotten."""
    fail(patterns, "gated", "rewound")
    assert marks(patterns, "rewound-tidied") == 1
    answer = patterns.post(f"{INSTANCES}/rewound/rewind?reason=opened")
    assert (answer.status_code, answer.text) == (202, "")
    status = patterns.finish("rewound")
    assert (status["runtimeStatus"], status["output"]) == (
        "Completed",
        [1, 2, "through", "rewound", 2],
    )
    assert [marks(patterns, f"rewound-{part}") for part in ("first", "beside", "tidied")] == [1] * 3
    assert marks(patterns, "gate-rewound") == 4
    history = patterns.status("rewound", showHistory="true")["historyEvents"]
    assert [one.get("Data") for one in history if one["EventType"] == "GenericEvent"] == [
        "Rewound: opened"
    ]


def test_a_child_that_failed_is_rewound_not_repeated(patterns: HostProcess) -> None:
    """By the SDK's client; the child keeps what it has done, the parent waits for it again."""
    fail(patterns, "gated_family", "family")
    assert patterns.post("/api/client/rewind/family").status_code == 200
    assert patterns.finish("family")["output"] == [1, 2, "through", "family-child", 2]
    assert marks(patterns, "family-begun") == 1
    assert marks(patterns, "family-child-first") == 1
    assert patterns.status("family-child")["runtimeStatus"] == "Completed"


def test_a_child_that_is_gone_is_started_again(patterns: HostProcess) -> None:
    """A purged child begins anew under its id."""
    fail(patterns, "gated_family", "orphaned")
    child = f"{INSTANCES}/orphaned-child"
    assert patterns.delete(patterns.url + child).json() == {"instancesDeleted": 1}
    assert patterns.post(f"{INSTANCES}/orphaned/rewind?reason=r").status_code == 202
    assert patterns.finish("orphaned")["output"] == [1, 2, "through", "orphaned-child", 2]
    assert marks(patterns, "orphaned-child-first") == 2


def test_a_failure_that_remains_fails_again(patterns: HostProcess) -> None:
    """An orchestrator that raises by itself is run again as often as it is rewound."""
    instance_id = patterns.run("raising")["instanceId"]
    for _ in range(2):
        assert patterns.post(f"{INSTANCES}/{instance_id}/rewind").status_code == 202
        status = patterns.finish(instance_id)
        assert status["runtimeStatus"] == "Failed"
        assert "nothing here" in status["output"]


def test_only_what_failed_can_be_rewound(patterns: HostProcess) -> None:
    """404 for nobody, 412 for any other status, with the sentence of the extension."""
    assert patterns.post(f"{INSTANCES}/nobody/rewind").status_code == 404
    completed = patterns.run("flat", 1)["instanceId"]
    refused = patterns.post(f"{INSTANCES}/{completed}/rewind")
    assert refused.status_code == 412
    assert refused.json() == (
        'This orchestration has status Completed, but only orchestrations in the "Failed" state '
        "can be rewound."
    )
