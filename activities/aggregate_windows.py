"""Reads one slice of a run's input and writes its windows as parts into the lake.

Input: `SliceOrder`. Output: `SliceResult`; which parts were written is noted in the lake.
Raises: SourceError, LakeError, TransientError.

Memory is bounded by a setting: DuckDB works on disk, parts are streamed. Events that break rules go
into the quarantine with their reason. Parts are as large as `size_chunks` has noted.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from activities.size_chunks import sizes_of
from adapters.aggregation import (
    Limits,
    aggregate,
    load_slice,
    scratch_folder,
    write_parquet,
    write_parts,
)
from adapters.context import context
from domain import lake_paths
from domain.messages import Run, SliceOrder, SliceResult
from domain.slices import Piece, Slice


def aggregate_windows(payload: dict[str, Any]) -> dict[str, Any]:
    """Writes the slice's parts; running it again replaces them by the same."""
    order = SliceOrder.from_json(payload)
    run, surroundings = order.run, context()
    pipeline = surroundings.pipeline_of(run)
    one = _slice(run, order.slice)
    rows_per_part, parts_per_chunk = sizes_of(run, pipeline)
    settings = surroundings.settings
    limits = Limits(settings.aggregation_memory_limit, settings.aggregation_threads)
    with scratch_folder(settings.aggregation_temp_dir) as folder:
        load = partial(
            load_slice, lake=surroundings.lake, pipeline=pipeline, one=one, folder=folder
        )
        with aggregate(pipeline, one.start_us, one.end_us, load, folder, limits) as found:
            parts = write_parts(
                surroundings.lake,
                found.windows,
                (run.pipeline, run.run_id, one.index),
                rows_per_part=rows_per_part,
                parts_per_chunk=parts_per_chunk,
                folder=folder,
            )
            quarantine = lake_paths.quarantine(run.pipeline, run.run_id, one.index)
            if found.events_quarantined:
                local = folder / "quarantine.parquet"
                write_parquet(found.quarantined(), local)
                surroundings.lake.upload(quarantine, local)
            else:
                surroundings.lake.delete(quarantine)
    note = lake_paths.written_note(run.pipeline, run.run_id, one.index)
    surroundings.lake.write_json(note, [asdict(part) for part in parts])
    return SliceResult(
        slice=one.index,
        events_read=found.events_read,
        events_quarantined=found.events_quarantined,
        events_duplicate=found.events_duplicate,
        events_late=found.events_late,
        events_redelivered=found.events_redelivered,
        windows=sum(part.rows for part in parts),
        parts=len(parts),
    ).to_json()


def _slice(run: Run, index: int) -> Slice:
    note = context().lake.read_json(lake_paths.slice_note(run.pipeline, run.run_id, index))
    pieces = {name: tuple(Piece(**piece) for piece in note[name]) for name in ("owned", "shared")}
    return Slice(**{**note, **pieces})
