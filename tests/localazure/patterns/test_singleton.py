"""Singleton: one instance at a time for one thing."""

from pathlib import Path

import pytest

from tests.localazure.functions_host.host_process import HostProcess
from tests.localazure.patterns.client import Instance, start

pytestmark = pytest.mark.xdist_group("pattern-singleton")


def try_again(host: HostProcess, source: str, folder: Path) -> int:
    """Start a source that may be under way, and return the status code."""
    return host.post(f"/api/imports/{source}", json={"folder": str(folder)}).status_code


def deliver(instance: Instance, *rows: str) -> str:
    """Deliver rows, and return how the instance ended."""
    assert instance.raise_event("Delivered", list(rows)).status_code == 202
    return str(instance.finish()["runtimeStatus"])


def terminate(instance: Instance) -> str:
    """Terminate the instance, and return how it ended."""
    assert instance.order("terminate", "not needed").status_code == 202
    return str(instance.finish()["runtimeStatus"])


def test_a_second_start_is_refused_while_the_first_runs(host: HostProcess, folder: Path) -> None:
    """The app answers 409 from the first moment on, and the first goes on undisturbed."""
    first = start(host, "imports/sales", {"folder": str(folder)})
    assert first.instance_id == "import-sales"
    assert [try_again(host, "sales", folder) for _ in range(3)] == [409] * 3
    assert deliver(first, "a", "b") == "Completed"
    assert first.status()["output"] == 2
    assert len(list(folder.glob("rows.*"))) == 1


@pytest.mark.parametrize("ending", ["Completed", "Failed", "Terminated"])
def test_the_id_is_free_after_the_end(host: HostProcess, folder: Path, ending: str) -> None:
    """However an instance ended, the next start is a new run under the same id."""
    source = ending.lower()
    first = start(host, f"imports/{source}", {"folder": str(folder)})
    rows = ["a"] if ending == "Completed" else []
    assert (terminate(first) if ending == "Terminated" else deliver(first, *rows)) == ending
    second = start(host, f"imports/{source}", {"folder": str(folder)})
    assert second.instance_id == first.instance_id
    assert second.status()["output"] is None
    assert try_again(host, source, folder) == 409
    assert deliver(second, "b", "c", "d") == "Completed"
    assert second.status()["output"] == 3


def test_a_suspended_instance_holds_its_place(host: HostProcess, folder: Path) -> None:
    """Suspended is alive: nobody takes the id, and after the resumption it goes on."""
    first = start(host, "imports/paused", {"folder": str(folder)})
    assert first.order("suspend", "wait a little").status_code == 202
    first.reach(lambda status: status["runtimeStatus"] == "Suspended", "is suspended")
    assert try_again(host, "paused", folder) == 409
    assert first.order("resume", "go on").status_code == 202
    assert deliver(first, "a") == "Completed"


def test_other_things_are_not_held_up(host: HostProcess, folder: Path) -> None:
    """Each source has an instance of its own."""
    north = start(host, "imports/north", {"folder": str(folder)})
    south = start(host, "imports/south", {"folder": str(folder)})
    assert deliver(south, "a") == "Completed"
    assert try_again(host, "north", folder) == 409
    assert deliver(north, "b") == "Completed"


def test_a_purged_instance_leaves_nothing(host: HostProcess, folder: Path) -> None:
    """After a purge the status is 404, and the id is free as if it had never been used."""
    first = start(host, "imports/once", {"folder": str(folder)})
    deliver(first, "a")
    assert first.purge().json() == {"instancesDeleted": 1}
    assert first.get().status_code == 404
    assert deliver(start(host, "imports/once", {"folder": str(folder)}), "b") == "Completed"
