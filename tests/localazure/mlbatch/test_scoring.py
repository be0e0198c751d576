"""Jobs that succeed: what reaches the script, and what of its results reaches the lake."""

import io

import pandas as pd

from tests.localazure.mlbatch.conftest import LAKE, Input, Lab


def test_rows_of_lists_are_appended_in_the_order_of_the_files(lab: Lab) -> None:
    """The output holds one line per element, whichever worker was faster."""
    job = lab.run(lab.put("a", "bb", "ccc", "dddd", "eeeee"))
    assert job["status"] == "Completed"
    expected = "part-0.txt 7\npart-1.txt 14\npart-2.txt 21\npart-3.txt 28\npart-4.txt 35\n"
    assert lab.output(job) == expected
    assert (job["mini_batches_total"], job["mini_batches_done"]) == ("3", "3")
    assert (job["files_total"], job["files_failed"]) == ("5", "0")


def test_rows_of_data_frames_have_spaces_and_no_header(lab: Lab) -> None:
    """A DataFrame is written as Azure ML writes it with append_row."""
    job = lab.run(lab.put("one three", "seven"), "tables")
    assert lab.output(job) == "one 3 0.5\nthree 5 0.5\nseven 5 0.5\n"


def test_files_that_a_script_writes_go_beside_the_output(lab: Lab) -> None:
    """With summary_only the script's own files, in folders too, are the result."""
    job = lab.run(lab.put("abc", "de"), "files")
    assert lab.outputs(job) == {"scores.csv", "parts/part-0.parquet", "parts/part-1.parquet"}
    frame = pd.read_parquet(io.BytesIO(lab.output_bytes(job, "parts/part-0.parquet")))
    assert frame.to_dict("records") == [{"file": "part-0.txt", "letters": 3}]


def test_files_of_a_failed_mini_batch_never_reach_the_lake(lab: Lab) -> None:
    """What a script had half written when it failed is thrown away."""
    job = lab.run(lab.put("half", "good"), "files")
    assert job["status"] == "Completed"
    assert lab.outputs(job) == {"scores.csv", "parts/part-1.parquet"}


def test_folders_in_the_input_are_not_explored(lab: Lab) -> None:
    """Only the files directly in the folder are scored."""
    folder = lab.put("a")
    lab.lake.upload_blob(f"{folder}/deeper/part-9.txt", "raise")
    assert lab.output(lab.run(folder)) == "part-0.txt 7\n"


def test_a_file_is_an_input_too(lab: Lab) -> None:
    """A uri_file input is one mini-batch of one file."""
    job = lab.run(f"{lab.put('a', 'bb')}/part-1.txt", input_type="uri_file")
    assert lab.output(job) == "part-1.txt 14\n"


def test_settings_of_a_job_override_those_of_the_deployment(lab: Lab) -> None:
    """params_override changes this job only."""
    folder = lab.put("a", "bb", "ccc")
    job = lab.run(folder, settings=[{"mini_batch_size": 1}, {"compute": {"instance_count": 2}}])
    assert (job["mini_batches_total"], job["instance_count"]) == ("3", "2")
    assert lab.run(folder)["mini_batches_total"] == "2"


def test_a_job_without_output_gets_a_place_of_its_own(lab: Lab) -> None:
    """The default is the workspace's datastore, under the job's name."""
    job = lab.ml.batch_endpoints.invoke(
        endpoint_name="samples",
        deployment_name="rows",
        inputs={"parts": Input(type="uri_folder", path=f"{LAKE}/{lab.put('a')}")},
    )
    lab.wait_for(job.name, "Completed")
    blob = lab.lake.download_blob(f"azureml/{job.name}/score/predictions.csv")
    assert blob.readall() == b"part-0.txt 7\n"


def test_what_a_script_says_is_in_its_log(lab: Lab) -> None:
    """Prints, log lines and the deployment's environment variables arrive there."""
    job = lab.run(lab.put("a"))
    log = lab.log(job["name"], "stdout/node0/process000.stdout.txt")
    assert "ready\n" in log
    assert "hello from the log" in log


def test_a_script_sees_nothing_of_the_project(lab: Lab) -> None:
    """An import that would fail in Azure fails here."""
    assert lab.output(lab.run(lab.put("look around"))) == "[] None\n"
