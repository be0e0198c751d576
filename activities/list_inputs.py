"""Finds a run's input and cuts it into slices, without reading a row.

Input: `Run`. Output: `Listing`; what each slice reads is written into the lake.
Raises: SourceError (every problem of every file), EmptySpanError, LakeError, TransientError.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from activities.stream_inputs import stream_slices
from adapters.context import context
from adapters.source_files import inspect_files, list_files
from domain import lake_paths
from domain.durations import microseconds
from domain.errors import EmptySpanError
from domain.messages import Listing, Run
from domain.pipeline import Pipeline
from domain.pipeline.source import LakeFiles, TableSource
from domain.slices import Slice, cut_slices, even_slices


def list_inputs(payload: dict[str, Any]) -> dict[str, Any]:
    """Writes one note per slice; running it again writes the same notes."""
    run = Run.from_json(payload)
    pipeline = context().pipeline_of(run)
    source = pipeline.source
    if isinstance(source, LakeFiles):
        slices, listing = _of_files(run, pipeline, source)
    elif isinstance(source, TableSource):
        slices, listing = _of_table(run, pipeline, source)
    else:
        slices, listing = stream_slices(run, pipeline, source)
    for one in slices:
        note = lake_paths.slice_note(run.pipeline, run.run_id, one.index)
        context().lake.write_json(note, asdict(one))
    return listing.to_json()


def _of_files(run: Run, pipeline: Pipeline, source: LakeFiles) -> tuple[list[Slice], Listing]:
    lake, windows = context().lake, pipeline.windows
    files = list_files(lake, source, run.start - pipeline.lookback, run.end)
    if not files and source.on_empty == "fail":
        raise EmptySpanError(f"{source.path} in container {lake.container!r}", str(run.span))
    pieces = inspect_files(lake, pipeline, files)
    slices = cut_slices(
        pieces,
        run.span,
        rows_per_slice=source.rows_per_slice,
        hop_us=windows.hop_us,
        offset_us=windows.offset_us,
        reach_us=pipeline.reach_us,
    )
    rows = sum(piece.rows for piece in pieces)
    return slices, Listing(slices=len(slices), files=len(files), rows=rows)


def _of_table(run: Run, pipeline: Pipeline, source: TableSource) -> tuple[list[Slice], Listing]:
    length, windows = source.slice_span, pipeline.windows
    length_us = microseconds(length) if length is not None else None
    slices = even_slices(run.span, length_us, windows.hop_us, windows.offset_us)
    return slices, Listing(slices=len(slices), files=0, rows=None)
