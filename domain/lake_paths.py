"""Where things lie in the lake: every path is a pure function of names and numbers.

windows/pipeline=P/run=R/slice=00001/chunk=001/part-000.parquet   what is scored
scores/pipeline=P/run=R/chunk=00001/attempt=1/                    what a job wrote
quarantine/pipeline=P/run=R/slice=00001.parquet                   events that break rules
dead/pipeline=P/run=R/chunk=00007.json                            chunks that were given up
runs/pipeline=P/run=R/                                            the run's own notes:
    pipeline.json  endpoint.json  sizes.json  read.json
    slices/00001.json  written/00001.json  segments/00001.json
"""

from __future__ import annotations


def _of_run(room: str, pipeline: str, run: str) -> str:
    return f"{room}/pipeline={pipeline}/run={run}"


def pinned_pipeline(pipeline: str, run: str) -> str:
    """The pipeline as it was when the run began."""
    return f"{_of_run('runs', pipeline, run)}/pipeline.json"


def endpoint_note(pipeline: str, run: str) -> str:
    """Which deployment scores the run, and on what."""
    return f"{_of_run('runs', pipeline, run)}/endpoint.json"


def sizes_note(pipeline: str, run: str) -> str:
    """How large the run's parts and chunks are."""
    return f"{_of_run('runs', pipeline, run)}/sizes.json"


def read_note(pipeline: str, run: str) -> str:
    """Which events of a stream the run has read."""
    return f"{_of_run('runs', pipeline, run)}/read.json"


def slice_note(pipeline: str, run: str, index: int) -> str:
    """What a slice has to read."""
    return f"{_of_run('runs', pipeline, run)}/slices/{index:05d}.json"


def written_note(pipeline: str, run: str, index: int) -> str:
    """What a slice has written."""
    return f"{_of_run('runs', pipeline, run)}/written/{index:05d}.json"


def segment_note(pipeline: str, run: str, segment: int) -> str:
    """Which chunks a segment has: the plan, in bounded pieces."""
    return f"{_of_run('runs', pipeline, run)}/segments/{segment:05d}.json"


def run_windows(pipeline: str, run: str) -> str:
    """The folder of all windows of a run, with a slash at the end."""
    return f"{_of_run('windows', pipeline, run)}/"


def slice_windows(pipeline: str, run: str, index: int) -> str:
    """The folder of a slice's windows, with a slash at the end."""
    return f"{_of_run('windows', pipeline, run)}/slice={index:05d}/"


def chunk_folder(pipeline: str, run: str, index: int, number: int) -> str:
    """The folder of one chunk's parts, with a slash at the end: what a job is given."""
    return f"{slice_windows(pipeline, run, index)}chunk={number:03d}/"


def part(folder: str, number: int) -> str:
    """One part in a chunk's folder."""
    return f"{folder}part-{number:03d}.parquet"


def scores_folder(pipeline: str, run: str, chunk: int, attempt: int) -> str:
    """The folder that one attempt's job writes to, with a slash at the end."""
    return f"{_of_run('scores', pipeline, run)}/chunk={chunk:05d}/attempt={attempt}/"


def quarantine(pipeline: str, run: str, index: int) -> str:
    """The events of a slice that break rules."""
    return f"{_of_run('quarantine', pipeline, run)}/slice={index:05d}.parquet"


def dead_letter(pipeline: str, run: str, chunk: int) -> str:
    """The note about a chunk that was given up."""
    return f"{_of_run('dead', pipeline, run)}/chunk={chunk:05d}.json"
