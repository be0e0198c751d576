"""Notes which events of a stream a run reads: what lies in the lake beside them is new."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.lake import Lake
from adapters.streams.folders import IntervalFiles
from domain import lake_paths
from domain.raw_files import Coverage


def write_read_note(
    lake: Lake, pipeline: str, run_id: str, folders: Iterable[IntervalFiles]
) -> None:
    """Notes that the run reads what these folders hold. Raises LakeError and TransientError."""
    read = {files.interval.label: files.coverage.to_json() for files in folders}
    lake.write_json(lake_paths.read_note(pipeline, run_id), read)


def coverage_read(lake: Lake, pipeline: str, run_id: str) -> dict[str, Coverage]:
    """What a run has read, by interval's label; nothing if it did not get that far.

    Raises LakeError and TransientError.
    """
    note = lake.find_json(lake_paths.read_note(pipeline, run_id)) or {}
    return {label: Coverage.from_json(coverage) for label, coverage in note.items()}
