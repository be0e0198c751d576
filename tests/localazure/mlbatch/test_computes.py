"""Computes and their nodes through azure-ai-ml."""

from pathlib import Path

import pytest
from azure.ai.ml import load_compute as load_with_sdk
from azure.ai.ml.entities import AmlCompute
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from localazure.mlbatch.computes import Computes, compute_name, load_compute
from localazure.mlbatch.errors import DefinitionError
from tests.localazure.mlbatch.conftest import SAMPLES, Lab, wait_until_gone
from tests.support.waiting import wait_until


def _nodes(lab: Lab, name: str) -> list[dict[str, str]]:
    # The SDK's entity has the fields by their wire names only.
    return [vars(node) for node in lab.ml.compute.list_nodes(name)]


def _states(lab: Lab, name: str) -> list[str]:
    return sorted(node["nodeState"] for node in _nodes(lab, name))


def test_the_sdk_reads_a_compute_alike() -> None:
    """What the stand-in takes, Azure's own loader takes, with the same settings."""
    path = SAMPLES / "compute.yml"
    ours, theirs = load_compute(path), load_with_sdk(path)
    assert (ours.name, ours.size, ours.tier) == (theirs.name, theirs.size, theirs.tier)
    assert (ours.min_instances, ours.max_instances) == (theirs.min_instances, theirs.max_instances)
    assert ours.idle_time_before_scale_down == theirs.idle_time_before_scale_down


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("azureml:cpu-cluster", "cpu-cluster"),
        ("/subscriptions/s/x/workspaces/w/computes/cpu-cluster", "cpu-cluster"),
        (None, "local"),
    ],
)
def test_a_compute_is_named_in_several_ways(reference: str | None, name: str) -> None:
    """A file names it by a short form, the API by its id, some do not name it at all."""
    assert compute_name(reference) == name


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    """All that is wrong is named, and a compute that nothing defines takes the machine's nodes."""
    broken = tmp_path / "compute.yml"
    broken.write_text("name: x_y\nmin_instances: some\ncolour: blue\n")
    computes = Computes(tmp_path / "state.db", [broken], max_nodes=7)
    with pytest.raises(DefinitionError, match=r"`name`.*`min_instances`.*`colour`"):
        computes.get("cpu-cluster")
    assert computes.named("cpu-cluster").max_instances == 7
    broken.write_text("name: cpu-cluster\nmax_instances: 2\n")
    assert computes.get("cpu-cluster").max_instances == 2
    computes.close()


def test_a_compute_of_a_file_is_described(plant: Lab) -> None:
    """What compute.yml says arrives in the SDK's own entity."""
    compute = plant.ml.compute.get("cpu-cluster")
    assert (compute.tier, compute.size) == ("low_priority", "Standard_DS3_v2")
    assert (compute.min_instances, compute.max_instances) == (0, 2)
    assert compute.idle_time_before_scale_down == 120
    assert "cpu-cluster" in {item.name for item in plant.ml.compute.list()}
    with pytest.raises(ResourceExistsError, match="is defined by a file"):
        plant.ml.compute.begin_delete("cpu-cluster").result()


def test_what_is_put_goes_before_the_file(plant: Lab) -> None:
    """It counts at once, and the file counts again when it is deleted."""
    changed = AmlCompute(name="cpu-cluster", max_instances=3, tier="dedicated")
    plant.ml.compute.begin_create_or_update(changed).result()
    found = plant.ml.compute.get("cpu-cluster")
    assert (found.max_instances, found.tier) == (3, "dedicated")
    plant.ml.compute.begin_delete("cpu-cluster").result()
    assert plant.ml.compute.get("cpu-cluster").max_instances == 2


def test_nodes_are_kept_warm_and_go_when_the_settings_say_so(plant: Lab) -> None:
    """min_instances nodes are there without a job; at 0 they go after their idle time."""
    pool = AmlCompute(name="warm-pool", min_instances=2, max_instances=4, tags={"team": "a"})
    assert plant.ml.compute.begin_create_or_update(pool).result().tags == {"team": "a"}
    assert _states(plant, "warm-pool") == ["idle", "idle"]
    pool.min_instances, pool.idle_time_before_scale_down = 0, 1
    plant.ml.compute.begin_create_or_update(pool).result()
    wait_until(lambda: not _states(plant, "warm-pool"), description="the nodes have gone")
    plant.ml.compute.begin_delete("warm-pool").result()
    with pytest.raises(ResourceNotFoundError):
        plant.ml.compute.get("warm-pool")


def test_wrong_settings_are_refused(plant: Lab) -> None:
    """Bounds that cross, and a name that Azure would not take."""
    for pool in (
        AmlCompute(name="crossed", min_instances=3, max_instances=2),
        AmlCompute(name="under_score"),
    ):
        with pytest.raises(HttpResponseError) as caught:
            plant.ml.compute.begin_create_or_update(pool)
        assert caught.value.status_code == 400


def test_a_job_takes_the_nodes_of_its_compute(plant: Lab) -> None:
    """Both nodes of a job are busy, a job of another compute is not held up, all is metered."""
    both = [{"compute": {"instance_count": 2}}]
    first = plant.start("hang", settings=both)
    processes = plant.processes_of(first)
    second = plant.start("a", settings=both)
    plant.wait_for(second, "Queued")
    assert _states(plant, "cpu-cluster") == ["running", "running"]
    assert {node["runId"] for node in _nodes(plant, "cpu-cluster")} == {first}
    other = plant.run(plant.put("a"), settings=[{"compute": {"target": "azureml:elsewhere"}}])
    assert (other["status"], other["compute"]) == ("Completed", "elsewhere")
    assert plant.status(second) == "Queued"

    plant.ml.jobs.begin_cancel(first)
    plant.wait_for(second, "Completed")
    wait_until_gone(processes)
    assert float(plant.properties(first)["node_seconds"]) > 0
    up, busy = plant.node_seconds("cpu-cluster")
    assert up > busy > 0


def test_a_compute_that_is_too_small_fails_the_job(plant: Lab) -> None:
    """The reason names the compute's nodes, even where the machine has more."""
    job = plant.run(plant.put("a"), settings=[{"compute": {"instance_count": 3}}])
    assert "3 instances, the compute has 2 nodes" in job["error"]
