"""Looks the parts of a chunk up, for the activities that tell which of them were not scored."""

from __future__ import annotations

import re

from activities.planned_chunk import PlannedChunk
from adapters.context import context
from domain import lake_paths
from domain.errors import LakeError
from domain.messages import Run
from domain.parts import Part

_SLICE = re.compile(r"/slice=(\d+)/")


def chunk_parts(run: Run, planned: PlannedChunk) -> list[Part]:
    """The chunk's parts, by path, from the note of the slice that wrote them.

    Raises LakeError, TransientError.
    """
    found = _SLICE.search(planned.folder)
    if found is None:
        raise LakeError(f"{planned.folder}: must lie in the folder of a slice")
    note = context().lake.read_json(
        lake_paths.written_note(run.pipeline, run.run_id, int(found[1]))
    )
    return [Part(one["path"], one["rows"]) for one in note if one["folder"] == planned.folder]
