"""Cuts what has landed of a stream into slices: for `list_inputs`.

A slice is one interval or several that follow each other. What the run reads is pinned here, file
by file, and noted: what lands afterwards is new, and asks for the next revision.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.context import context
from adapters.streams.folders import IntervalFiles, list_intervals
from adapters.streams.read_notes import write_read_note
from domain.errors import EmptySpanError
from domain.intervals import read_for
from domain.messages import Listing, Run
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.raw_files import stream_folder
from domain.slices import MOST_SLICES, Piece, Slice


def stream_slices(
    run: Run, pipeline: Pipeline, source: EventsSource
) -> tuple[list[Slice], Listing]:
    """The slices of a run over a stream. Raises EmptySpanError, LakeError, TransientError."""
    lake = context().lake
    reads = read_for(run.span.start_us, run.span.end_us, pipeline, source)
    folders = list_intervals(lake, pipeline.name, reads)
    if not folders and source.on_empty == "fail":
        where = f"{stream_folder(pipeline.name)} in container {lake.container!r}"
        raise EmptySpanError(where, str(run.span))
    write_read_note(lake, run.pipeline, run.run_id, folders)
    slices = [
        _slice(index, bounds, pipeline, source, folders)
        for index, bounds in enumerate(_bounds(run, source, folders), 1)
    ]
    events = sum(files.events for files in folders)
    files = sum(len(files.paths) for files in folders)
    return slices, Listing(slices=len(slices), files=files, rows=events)


def _bounds(
    run: Run, source: EventsSource, folders: Sequence[IntervalFiles]
) -> list[tuple[int, int]]:
    """Where slices begin and end: at ends of intervals, when enough events have come together."""
    span = run.span
    events = sum(files.events for files in folders)
    target = max(source.rows_per_slice, -(-events // MOST_SLICES))
    cuts, seen = [span.start_us], 0
    for files in folders:
        seen += files.events
        if seen >= target and cuts[-1] < files.interval.end_us < span.end_us:
            cuts.append(files.interval.end_us)
            seen = 0
    return list(zip(cuts, [*cuts[1:], span.end_us], strict=True))


def _slice(
    index: int,
    bounds: tuple[int, int],
    pipeline: Pipeline,
    source: EventsSource,
    folders: Sequence[IntervalFiles],
) -> Slice:
    start_us, end_us = bounds
    wanted = {interval.label for interval in read_for(start_us, end_us, pipeline, source)}
    pieces: dict[bool, list[Piece]] = {True: [], False: []}
    for files in folders:
        if files.interval.label in wanted:
            interval = files.interval
            pieces[interval.end_us > start_us] += [
                Piece(path, None, interval.start_us, interval.end_us, 0) for path in files.paths
            ]
    return Slice(index, start_us, end_us, tuple(pieces[True]), tuple(pieces[False]))
