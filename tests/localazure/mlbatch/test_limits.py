"""Scripts that would take the machine down: each costs its own job something, and nobody else."""

from tests.localazure.mlbatch.conftest import Lab, wait_until_gone

_ONCE = {"retry_settings": {"max_retries": 0, "timeout": 30}}
_LOG = "stdout/node0/process000.stdout.txt"


def test_a_script_that_takes_too_much_memory_is_ended(plant: Lab) -> None:
    """Its mini-batch fails with the limit and its setting; the others are scored."""
    job = plant.run(plant.put("eat", "bb"), settings=[{"mini_batch_size": 1}, _ONCE])
    assert (job["status"], job["files_failed"]) == ("Completed", "1")
    assert "more than 300 MB of memory" in job["first_error"]
    assert "machine_learning.worker_limits.memory_mb" in job["first_error"]
    assert plant.output(job) == "part-1.txt 14\n"


def test_a_script_that_starts_processes_without_end_fails_its_job(plant: Lab) -> None:
    """Whatever the threshold; all of them are gone, and the next job runs."""
    job = plant.run(plant.put("multiply"), settings=[_ONCE])
    assert job["status"] == "Failed"
    assert "machine_learning.worker_limits.processes" in job["error"]
    assert plant.run(plant.put("a"))["status"] == "Completed"


def test_a_log_without_end_is_begun_anew(plant: Lab) -> None:
    """The job goes on; its log says that lines are missing, and has the last ones."""
    job = plant.run(plant.put("chatter"), settings=[_ONCE])
    log = plant.log(job["name"], _LOG)
    assert job["status"] == "Completed"
    assert "machine_learning.worker_limits.log_mb" in log
    assert log.endswith("the last word\n")
    assert len(log) < 3_000_000


def test_what_a_script_leaves_running_ends_with_its_job(plant: Lab) -> None:
    """A process that outlives its worker does not outlive the job."""
    job = plant.run(plant.put("orphan"))
    assert job["status"] == "Completed"
    wait_until_gone(plant.processes_of(job["name"]))


def test_an_endless_error_is_cut(plant: Lab) -> None:
    """The reason of a failure is short, however long the exception is."""
    job = plant.run(plant.put("shout"), settings=[_ONCE, {"error_threshold": 0}])
    assert "ValueError: zzz" in job["error"]
    assert len(job["first_error"]) < 2_100
