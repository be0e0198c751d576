"""Jobs in trouble: what is tried again, what is counted, what is fatal, and what is said."""

import pytest

from tests.localazure.mlbatch.conftest import LAKE, Input, Lab, wait_until_gone

_STRICT = [{"mini_batch_size": 1}, {"error_threshold": 0}]


def test_failures_below_the_threshold_are_counted_and_explained(lab: Lab) -> None:
    """With the default threshold of -1 a job completes, without the rows of what failed."""
    job = lab.run(lab.put("a", "raise", "ccc"), settings=[{"mini_batch_size": 1}])
    assert job["status"] == "Completed"
    assert lab.output(job) == "part-0.txt 7\npart-2.txt 21\n"
    assert (job["mini_batches_failed"], job["files_failed"]) == ("1", "1")
    assert "ValueError: cannot read part-1.txt" in job["first_error"]


def test_failures_above_the_threshold_fail_the_job(lab: Lab) -> None:
    """The reason names the first error and the place of the logs; the traceback is in the log."""
    job = lab.run(lab.put("a", "raise", "ccc"), settings=_STRICT)
    assert (job["status"], job["error_code"]) == ("Failed", "UserError")
    assert "ValueError: cannot read part-1.txt" in job["error"]
    assert "error_threshold is 0" in job["error"]
    assert job["logs"] in job["error"]
    assert "Traceback" in lab.log(job["name"], "error.txt")
    assert lab.log(job["name"], "error.txt").count("ValueError: cannot read") == 4
    assert "scores.csv" not in lab.outputs(job)


def test_the_threshold_counts_files(lab: Lab) -> None:
    """A mini-batch of two files that fails counts twice."""
    folder = lab.put("raise", "bb")
    assert lab.run(folder, settings=[{"error_threshold": 1}])["status"] == "Failed"
    assert lab.run(folder, settings=[{"error_threshold": 2}])["status"] == "Completed"


def test_a_failed_mini_batch_is_tried_again(lab: Lab) -> None:
    """A failure that goes away leaves no trace in the counts."""
    job = lab.run(lab.put("fail once"), settings=_STRICT)
    assert (job["status"], job["files_failed"]) == ("Completed", "0")


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("too few", "at least one element per file; got 0 elements for 1 files"),
        ("nothing", "run() must return a list or a DataFrame; got NoneType"),
        ("exit", "run(): the worker process was ended with exit code 7"),
    ],
)
def test_a_mini_batch_fails_when(lab: Lab, word: str, reason: str) -> None:
    """Too few results, no results and a dead process fail the mini-batch, not the service."""
    job = lab.run(lab.put(word), settings=_STRICT)
    assert job["status"] == "Failed"
    assert reason in job["error"]


def test_a_call_that_takes_too_long_is_ended(lab: Lab) -> None:
    """An endless loop costs the timeout, and the next mini-batch gets a new process."""
    limits = {"retry_settings": {"max_retries": 0, "timeout": 1}}
    settings = [{"mini_batch_size": 1}, limits]
    job = lab.run(lab.put("hang", "bb", "ccc"), settings=settings)
    assert "run() took longer than 1 s" in job["first_error"]
    wait_until_gone(lab.processes_of(job["name"]))
    assert lab.output(job) == "part-1.txt 14\npart-2.txt 21\n"


def test_a_script_that_cannot_be_set_up_fails_the_job(lab: Lab) -> None:
    """An error in init() is fatal whatever the threshold."""
    job = lab.run(lab.put("a"), "unready")
    assert job["status"] == "Failed"
    assert "init(): FileNotFoundError: no model here" in job["error"]


def test_an_output_is_never_overwritten(lab: Lab) -> None:
    """A job whose output exists fails before it scores anything."""
    name = "taken-output"
    lab.lake.upload_blob(f"out/{name}/scores.csv", "precious")
    job = lab.run(lab.put("a"), name=name)
    assert job["status"] == "Failed"
    assert f"lake/out/{name}/scores.csv exists already" in job["error"]
    assert lab.output(job) == "precious"


@pytest.mark.parametrize("input_type", ["uri_folder", "uri_file"])
def test_a_missing_input_fails_the_job(lab: Lab, input_type: str) -> None:
    """The reason names the path that was looked at."""
    job = lab.run("in/nowhere", input_type=input_type)
    assert job["status"] == "Failed"
    assert "lake/in/nowhere" in job["error"]


def test_an_unknown_datastore_fails_the_job(lab: Lab) -> None:
    """The reason names the datastores that there are."""
    job = lab.ml.batch_endpoints.invoke(
        endpoint_name="samples",
        deployment_name="rows",
        inputs={"parts": Input(type="uri_folder", path=LAKE.replace("lake", "pond") + "/x")},
    )
    lab.wait_for(job.name, "Failed")
    error = lab.properties(job.name)["error"]
    assert "the datastore 'pond'" in error
    assert "lake, workspaceblobstore" in error


def test_a_broken_deployment_file_fails_the_job(lab: Lab) -> None:
    """Every wrong field of the file is named."""
    job = lab.run(lab.put("a"), "broken")
    assert (job["status"], job["error_code"]) == ("Failed", "InvalidDefinition")
    assert "`settings.mini_batch_size`" in job["error"]
    assert "`settings.colour`" in job["error"]


def test_a_missing_model_fails_the_job(lab: Lab) -> None:
    """A deployment whose model was not trained yet says so."""
    job = lab.run(lab.put("a"), "untrained")
    assert job["status"] == "Failed"
    assert "train the model first" in job["error"]


def test_more_instances_than_nodes_fail_the_job(lab: Lab) -> None:
    """A job that could never start does not wait for ever."""
    job = lab.run(lab.put("a"), settings=[{"compute": {"instance_count": 3}}])
    assert "3 instances" in job["error"]
