"""Looks a chunk up in the plan: for the activities that work on one chunk."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.context import context
from domain import lake_paths
from domain.errors import LakeError
from domain.messages import Run


@dataclass(frozen=True)
class PlannedChunk:
    """A chunk of the plan: where its parts are, and how many windows they hold."""

    chunk: int
    folder: str
    rows: int


def planned_chunk(run: Run, segment: int, chunk: int) -> PlannedChunk:
    """The chunk, from its segment's note. Raises LakeError if the plan does not have it."""
    path = lake_paths.segment_note(run.pipeline, run.run_id, segment)
    for entry in context().lake.read_json(path):
        if entry["chunk"] == chunk:
            return PlannedChunk(**entry)
    raise LakeError(f"{path}: has no chunk {chunk}")
