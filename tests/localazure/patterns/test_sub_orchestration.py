"""Sub-orchestrations: their ids, their results, and what their failures mean to the parent."""

from pathlib import Path

import pytest

from tests.localazure.functions_host.host_process import HostProcess
from tests.localazure.patterns.client import start

pytestmark = pytest.mark.xdist_group("pattern-sub-orchestration")

SILENT = (
    "Orchestrator function 'set_up' failed: Activity function 'check' failed: "
    "LookupError: {} does not answer"
)


def test_a_child_is_found_under_the_id_it_was_given(host: HostProcess, folder: Path) -> None:
    """It is an instance like any other, and knows its parent."""
    site = start(host, "sites", {"folder": str(folder), "gateway": "gate", "sensors": []})
    own_id = f"{site.instance_id}-gateway"
    gateway = {"device": "gate", "version": 1, "instance": own_id, "parent": site.instance_id}
    assert site.finish()["output"] == {"gateway": gateway, "ready": [], "broken": {}}
    child = site.get(own_id).json()
    assert (child["name"], child["runtimeStatus"]) == ("set_up", "Completed")
    assert child["output"] == gateway


def test_children_without_an_id_get_one_each(host: HostProcess, folder: Path) -> None:
    """The ids are unlike each other and the parent's, and lead to the children."""
    sensors = [f"sensor{number}" for number in range(5)]
    site = start(host, "sites", {"folder": str(folder), "gateway": "gate", "sensors": sensors})
    ready = site.finish()["output"]["ready"]
    assert [one["device"] for one in ready] == sensors
    assert {one["parent"] for one in ready} == {site.instance_id}
    assert len({one["instance"] for one in ready} | {site.instance_id}) == len(sensors) + 1
    for one in ready:
        assert site.get(one["instance"]).json()["output"] == one


def test_a_parent_may_live_with_a_child_that_fails(host: HostProcess, folder: Path) -> None:
    """The failure is raised where the child was called, with both names; the story goes on."""
    sensors = ["sensor1", "broken2", "sensor3"]
    site = start(host, "sites", {"folder": str(folder), "gateway": "gate", "sensors": sensors})
    status = site.finish()
    assert status["runtimeStatus"] == "Completed"
    assert [one["device"] for one in status["output"]["ready"]] == ["sensor1", "sensor3"]
    assert status["output"]["broken"] == {"broken2": SILENT.format("broken2")}
    installed = sorted(path.stem for path in folder.iterdir())
    assert installed == ["broken2", "gate", "sensor1", "sensor3"]
    assert len(site.history("SubOrchestrationInstanceFailed")) == 1


def test_a_failure_that_is_not_caught_fails_the_parent(host: HostProcess, folder: Path) -> None:
    """Both instances are Failed, each with its own sentence, and no later child begins."""
    given = {"folder": str(folder), "gateway": "broken", "sensors": ["sensor"]}
    site = start(host, "sites", given)
    status = site.finish()
    assert status["runtimeStatus"] == "Failed"
    silent = SILENT.format("broken")
    assert status["output"].startswith(f"Orchestrator function 'set_up_site' failed: {silent}")
    child = site.get(f"{site.instance_id}-gateway").json()
    assert child["runtimeStatus"] == "Failed"
    assert child["output"].startswith(silent)
    assert [path.stem for path in folder.iterdir()] == ["broken"]
