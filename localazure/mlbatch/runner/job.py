"""The story of one job on a node: fetch the files, have them scored, leave the results."""

import shutil
import sys
import traceback
from pathlib import Path

from localazure.mlbatch.datastores import LakePath
from localazure.mlbatch.errors import JobFailedError, NodeWornOutError
from localazure.mlbatch.events import RunnerEvent
from localazure.mlbatch.jobs import JobError
from localazure.mlbatch.lifecycle import Status
from localazure.mlbatch.registry.cache import fetch_assets
from localazure.mlbatch.runner.conditions import Conditions
from localazure.mlbatch.runner.folders import JobFolders
from localazure.mlbatch.runner.lake import Lake, open_lake, output_exists
from localazure.mlbatch.runner.outputs import Outputs
from localazure.mlbatch.runner.reporter import Reporter
from localazure.mlbatch.runner.scoring import Scoring, Workers
from localazure.mlbatch.runner.tally import Tally, split
from localazure.mlbatch.runner.watch import end_leftovers
from localazure.mlbatch.spec import JobSpec


def run_job(folder: Path, reporter: Reporter) -> None:
    """Run the job of ``folder``; its last event says how it ended. Raises nothing."""
    folders = JobFolders(folder)
    try:
        _run(JobSpec.read(folder), Conditions.read(folder), folders, reporter)
        last = RunnerEvent(status=Status.COMPLETED)
    except JobFailedError as error:
        reason = JobError(error.code, str(error))
        worn_out = isinstance(error, NodeWornOutError)
        last = RunnerEvent(status=Status.FAILED, error=reason, worn_out=worn_out)
    except Exception as error:  # noqa: BLE001 - a bug here must fail the job, not hang it
        traceback.print_exc(file=sys.stderr)
        message = f"{type(error).__name__}: {error}"
        last = RunnerEvent(status=Status.FAILED, error=JobError("SystemError", message))
    shutil.rmtree(folders.scratch, ignore_errors=True)
    reporter.tell(last)


def _run(spec: JobSpec, conditions: Conditions, folders: JobFolders, reporter: Reporter) -> None:
    reporter.tell(RunnerEvent(status=Status.RUNNING))
    fetch_assets(spec, open_lake)
    folders.create(spec.settings.workers, spec.model)
    workers = Workers(spec, folders, conditions.limits)
    try:
        # One worker is always needed; it loads the model while the data are fetched.
        workers.start(0)
        with workers.watch:
            outputs = _score(spec, conditions, folders, workers, reporter)
            reporter.tell(RunnerEvent(status=Status.FINALIZING))
            workers.end()
            outputs.finish()
    finally:
        workers.kill()
        end_leftovers()


def _score(
    spec: JobSpec,
    conditions: Conditions,
    folders: JobFolders,
    workers: Workers,
    reporter: Reporter,
) -> Outputs:
    lake = open_lake(spec.account_url)
    if lake.exists(spec.output):
        raise output_exists(spec.output)
    files = _inputs(spec, lake)
    settings = spec.settings
    count = min(settings.workers, -(-len(files) // settings.mini_batch_size))
    for index in range(count):
        workers.start(index)
    batches = split(lake.download(files, folders.inputs), settings.mini_batch_size)
    tally = Tally(batches, settings.error_threshold, folders.errors.parent)
    outputs = Outputs(spec, folders, lake)

    reporter.tell(RunnerEvent(progress=tally.progress))
    Scoring(spec, workers, outputs, tally, reporter, conditions).run(batches, count)
    return outputs


def _inputs(spec: JobSpec, lake: Lake) -> list[LakePath]:
    if spec.input_kind == "UriFile":
        return [spec.input]
    files = lake.files_in(spec.input)
    if not files:
        raise JobFailedError(
            f"the input {spec.input.container}/{spec.input.path} holds no files; folders in it are "
            "not explored"
        )
    return files
