"""Numbers a run's chunks and writes the plan, in pieces that one segment reads.

Input: `PlanOrder`. Output: `Plan`.
Raises: EmptySpanError, LakeError, TransientError.

A chunk is a folder of parts of one slice, so nothing has to be moved.
"""

from __future__ import annotations

from typing import Any

from adapters.context import context
from domain import lake_paths
from domain.errors import EmptySpanError
from domain.messages import Plan, PlanOrder


def plan_chunks(payload: dict[str, Any]) -> dict[str, Any]:
    """Writes one note per segment; running it again writes the same notes."""
    order = PlanOrder.from_json(payload)
    run, lake = order.run, context().lake
    pipeline = context().pipeline_of(run)
    folders: dict[str, int] = {}
    for index in range(1, order.slices + 1):
        for part in lake.read_json(lake_paths.written_note(run.pipeline, run.run_id, index)):
            folders[part["folder"]] = folders.get(part["folder"], 0) + int(part["rows"])
    if not folders and pipeline.source.on_empty == "fail":
        raise EmptySpanError("every file listed for it", str(run.span))
    chunks = [
        {"chunk": number, "folder": folder, "rows": rows}
        for number, (folder, rows) in enumerate(folders.items(), 1)
    ]
    size = pipeline.chunks.segment_size
    segments = [chunks[at : at + size] for at in range(0, len(chunks), size)]
    for number, group in enumerate(segments, 1):
        lake.write_json(lake_paths.segment_note(run.pipeline, run.run_id, number), group)
    rows = sum(folders.values())
    return Plan(chunks=len(chunks), rows=rows, segments=len(segments)).to_json()
