"""Faults that are planned, as the SDK and whoever polls see them."""

import httpx
import pytest
from azure.ai.ml.entities import AmlCompute
from azure.core.exceptions import HttpResponseError
from pydantic import ValidationError

from localazure.config import MachineLearning
from localazure.mlbatch.fault_rules import NodeFailure, Preemption
from localazure.mlbatch.faults import Faults
from tests.localazure.mlbatch.conftest import Lab

_ONCE_PER_FILE = [{"mini_batch_size": 1}, {"error_threshold": 0}]


@pytest.fixture
def calm(plant: Lab) -> Lab:
    """The plant without the faults of other tests."""
    plant.plan()
    return plant


def test_a_low_priority_node_is_taken(calm: Lab) -> None:
    """The job is Canceled, and the next attempt gets another node."""
    calm.plan({"kind": "preemption", "jobs": "taken-*", "count": 1})
    job = calm.run(calm.put("hang"), name="taken-1")
    assert (job["status"], job["error_code"]) == ("Canceled", "NodePreempted")
    assert calm.run(calm.put("a"), name="taken-2")["status"] == "Completed"
    assert calm.struck() == [1]


def test_a_dedicated_node_is_never_taken() -> None:
    """Pre-emption is the price of low priority only."""
    rule = Preemption(kind="preemption", count=1)
    faults = Faults([rule])
    assert faults.troubles("a", low_priority=False) == []
    assert faults.troubles("a", low_priority=True) == [rule]
    assert faults.troubles("b", low_priority=True) == []


def test_a_node_that_fails_takes_its_job_along(calm: Lab) -> None:
    """The job is Failed, with the code of a lost node."""
    calm.plan({"kind": "node_failure", "count": 1})
    job = calm.run(calm.put("hang"))
    assert (job["status"], job["error_code"]) == ("Failed", "NodeLost")


@pytest.mark.parametrize(("recovers", "end"), [(True, "Completed"), (False, "Failed")])
def test_a_silent_job_recovers_or_is_lost(calm: Lab, recovers: bool, end: str) -> None:
    """It is NotResponding for a while; what it has done meanwhile is not lost if it recovers."""
    calm.plan({"kind": "not_responding", "duration_s": 0.5, "recovers": recovers})
    job = calm.run(calm.put("a"))
    assert (job["status"], "NotResponding" in job["statuses"]) == (end, True)
    assert ("did not respond" in job.get("error", "")) is not recovers


def test_calls_that_are_refused_for_now_are_repeated_by_the_sdk(calm: Lab) -> None:
    """429 with Retry-After, and 503, delay a submission and a look, and nothing else."""
    calm.plan(
        {"kind": "throttling", "count": 2, "retry_after_s": 0},
        {"kind": "server_error", "on": ["get"], "count": 1},
    )
    assert calm.run(calm.put("a"))["status"] == "Completed"
    assert calm.struck() == [2, 1]


def test_a_lost_answer_leaves_the_job(calm: Lab) -> None:
    """The SDK posts again, and hears that the name is taken: by the job that it wanted."""
    calm.plan({"kind": "lost_answer", "count": 1})
    with pytest.raises(HttpResponseError) as caught:
        calm.start("a", name="unheard")
    assert caught.value.status_code == 409
    calm.wait_for("unheard", "Completed")


def test_a_file_can_be_made_to_fail(calm: Lab) -> None:
    """run() fails for the files of a pattern, in the jobs of a pattern."""
    calm.plan({"kind": "failing_files", "files": "part-1.*", "jobs": "frail-*"})
    frail = calm.run(calm.put("a", "bb"), name="frail-1", settings=_ONCE_PER_FILE)
    assert frail["status"] == "Failed"
    assert "part-1.txt fails, as a planned fault says" in frail["first_error"]
    other = calm.run(calm.put("a", "bb"), settings=_ONCE_PER_FILE)
    assert other["status"] == "Completed"


def test_a_node_that_starts_slowly_keeps_its_job_waiting(calm: Lab) -> None:
    """The time is the node's, not the job's."""
    calm.ml.compute.begin_create_or_update(AmlCompute(name="slow-pool", max_instances=1)).result()
    calm.plan({"kind": "slow_start", "start_s": 0.7, "count": 1, "jobs": "patient"})
    name = calm.start("a", name="patient", settings=[{"compute": {"target": "azureml:slow-pool"}}])
    calm.wait_for(name, "Completed")
    up, busy = calm.node_seconds("slow-pool")
    assert up - busy >= 0.7


def test_dice_fall_alike_for_the_same_seed() -> None:
    """Whether a job is hit depends on the seed and the job, not on the order of things."""
    names = [str(number) for number in range(40)]

    def story(seed: int, order: list[str]) -> set[str]:
        faults = Faults([NodeFailure(kind="node_failure", probability=0.5, seed=seed)])
        return {name for name in order if faults.troubles(name, low_priority=False)}

    first = story(7, names)
    assert 10 < len(first) < 30
    assert story(7, names[::-1]) == first != story(8, names)


def test_faults_stand_in_the_configuration_too() -> None:
    """A file plans the same rules; a rule that does not exist is refused."""
    rule = {"kind": "throttling", "on": ["get"], "count": 2}
    planned = MachineLearning.model_validate({"faults": [rule]}).faults
    assert Faults(planned).told()[0].items() >= {"on": ("get",), "count": 2, "struck": 0}.items()
    with pytest.raises(ValidationError, match="recovers"):
        MachineLearning.model_validate({"faults": [{**rule, "recovers": True}]})


def test_a_wrong_plan_is_refused(calm: Lab) -> None:
    """Every wrong field is named, and the old plan stays."""
    calm.plan({"kind": "node_failure", "jobs": "never"})
    with pytest.raises(httpx.HTTPStatusError) as caught:
        calm.plan({"kind": "node_failure", "count": 0}, {"kind": "flood"})
    message = caught.value.response.json()["error"]["message"]
    assert "faults.0.node_failure.count" in message
    assert "flood" in message
    assert calm.struck() == [0]
