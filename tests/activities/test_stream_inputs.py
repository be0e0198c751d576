"""What a run over a stream reads, and in which slices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from activities.list_inputs import list_inputs
from activities.record_run import record_run
from activities.stream_inputs import stream_slices
from adapters.landing import land
from adapters.streams.folders import list_intervals
from domain import lake_paths
from domain.errors import EmptySpanError
from domain.messages import Listing, Run, RunRecord
from domain.pipeline import Pipeline
from domain.requests import run_request, utc_now
from domain.runs import RunStatus, Stage
from domain.slices import Slice
from domain.spans import Span
from domain.windows import from_us
from tests.adapters.landing.streams import MINUTE, NOON, arrived, event, stream
from tests.adapters.streams.scenes import landed, patient, quarter
from tests.streams.logs import stream_source
from tests.streams.memory_lake import MemoryLake

Known = Callable[[Pipeline], Pipeline]
HOUR_AFTER_NOON = Span(from_us(NOON), from_us(NOON) + timedelta(hours=1))


def run_over(pipeline: Pipeline, span: Span = HOUR_AFTER_NOON) -> Run:
    """A run over a span."""
    return run_request(pipeline, span, trigger="burst").run


def sliced(pipeline: Pipeline, run: Run) -> tuple[list[Slice], Listing]:
    """Its slices."""
    return stream_slices(run, pipeline, stream_source(pipeline))


def thousand(lake: MemoryLake, pipeline: Pipeline, minute: int) -> None:
    """A thousand events in the same minute after noon, in one message."""
    at = NOON + minute * MINUTE
    land(lake, pipeline, [arrived([event(at)] * 1_000, 100 + minute, at)], at)


def minutes(one: Slice) -> tuple[int, int]:
    """The bounds of a slice, after noon."""
    return (one.start_us - NOON) // MINUTE, (one.end_us - NOON) // MINUTE


def test_slices_end_with_intervals_when_enough_events_are_in_them(
    known: Known, lake: MemoryLake
) -> None:
    """Each reads its own intervals, and what reaches into it of those before; the last has the
    rest of the span."""
    pipeline = known(stream({"rows_per_slice": 1_000}))
    for minute in (1, 16, 31):
        thousand(lake, pipeline, minute)
    slices, listing = sliced(pipeline, run_over(pipeline))
    assert [minutes(one) for one in slices] == [(0, 15), (15, 30), (30, 45), (45, 60)]
    assert listing == Listing(slices=4, files=3, rows=3_000)
    firsts, own, shared = zip(
        *((one.index, len(one.owned), len(one.shared)) for one in slices), strict=True
    )
    assert (firsts, own, shared) == ((1, 2, 3, 4), (1, 1, 1, 0), (0, 1, 1, 1))
    assert slices[1].shared == slices[0].owned
    [piece] = slices[1].owned
    assert (piece.first_us, piece.last_us) == (quarter(16).start_us, quarter(16).end_us)


def test_few_events_are_one_slice(known: Known, lake: MemoryLake) -> None:
    """However many intervals they lie in."""
    pipeline = known(stream({"rows_per_slice": 1_001}))
    thousand(lake, pipeline, 1)
    slices, listing = sliced(pipeline, run_over(pipeline))
    assert [minutes(one) for one in slices] == [(0, 60)] and listing.rows == 1_000


def test_what_is_read_is_noted(known: Known, lake: MemoryLake) -> None:
    """By interval, also of those before that reach into the span; what lands then is not in it."""
    pipeline = known(patient())
    landed(lake, pipeline, [-1, 1, 2, 16, 61, -31])
    before = list_intervals(lake, pipeline.name, [quarter(-1), quarter(1), quarter(16)])
    run = run_over(pipeline)
    slices, _ = sliced(pipeline, run)
    landed(lake, pipeline, [3], 200)
    note = lake.read_json(lake_paths.read_note(pipeline.name, run.run_id))
    assert note == {one.interval.label: one.coverage.to_json() for one in before}
    [one] = slices
    assert [piece.path for piece in (*one.shared, *one.owned)] == [
        path for files in before for path in files.paths
    ]


def test_a_span_without_events(known: Known, lake: MemoryLake) -> None:
    """Is one slice that reads nothing; or a refusal, if the pipeline says so."""
    pipeline = known(stream())
    slices, listing = sliced(pipeline, run_over(pipeline))
    assert [(minutes(one), one.owned, one.shared) for one in slices] == [((0, 60), (), ())]
    assert listing == Listing(slices=1, files=0, rows=0)
    failing = known(stream({"on_empty": "fail"}))
    with pytest.raises(EmptySpanError, match="container 'memory'"):
        sliced(failing, run_over(failing))


def test_the_slices_are_written_down(known: Known, lake: MemoryLake) -> None:
    """For the activities that read them; doing it again writes the same."""
    pipeline = known(patient())
    landed(lake, pipeline, [1, 16])
    request = run_request(pipeline, HOUR_AFTER_NOON, trigger="burst")
    first = RunRecord(
        run=request.run,
        status=RunStatus.RUNNING,
        stage=Stage.LISTING,
        at=utc_now(),
        request=request,
    )
    record_run(first.to_json())
    answer = list_inputs(request.run.to_json())
    before = dict(lake.blobs)
    assert lake.exists(lake_paths.slice_note(pipeline.name, request.run.run_id, 1))
    assert list_inputs(request.run.to_json()) == answer and lake.blobs == before
