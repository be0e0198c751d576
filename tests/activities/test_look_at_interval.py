"""What lies in the lake for an interval that no run has read yet."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from activities.look_at_interval import look_at_interval
from activities.record_run import record_run
from domain.errors import RequestError, UnknownPipelineError
from domain.intervals import Interval
from domain.messages import IntervalLook, IntervalOrder, RunRecord, RunRequest
from domain.pipeline import Pipeline
from domain.requests import run_request, utc_now
from domain.runs import RunStatus, Stage
from tests.adapters.landing.streams import HOUR, NOON, SECOND, stream
from tests.adapters.pipelines import reading_pipeline
from tests.adapters.streams.scenes import landed, patient, quarter
from tests.streams.collector import Collector
from tests.streams.memory_lake import MemoryLake

Known = Callable[[Pipeline], Pipeline]
SESSIONS = {"kind": "session", "timeout": "10m", "max_duration": "30m"}


def look(pipeline: Pipeline, interval: Interval) -> IntervalLook:
    """What the activity sees."""
    order = IntervalOrder(pipeline=pipeline.name, interval=interval.label)
    return IntervalLook.from_json(look_at_interval(order.to_json()))


def requested(found: IntervalLook) -> RunRequest:
    """The run that it asks for."""
    assert found.request is not None
    return found.request


def collected(pipeline: Pipeline, lake: MemoryLake, interval: Interval) -> None:
    """Has the interval run."""
    Collector(pipeline, lake, NOON + HOUR).collect(interval)


def test_where_nothing_landed_there_is_nothing_to_do(known: Known) -> None:
    """No run is asked for."""
    assert look(known(patient()), quarter(1)) == IntervalLook(events=0, new_events=0)


def test_the_first_run_is_asked_for_over_the_interval(known: Known, lake: MemoryLake) -> None:
    """With the pipeline as it is now, and known as started by a burst."""
    pipeline = known(patient())
    landed(lake, pipeline, [1, 2, 16])
    found = look(pipeline, quarter(1))
    assert (found.events, found.new_events) == (2, 2)
    assert found.request == run_request(pipeline, quarter(1).span, revision=1, trigger="burst")
    assert look(pipeline, quarter(1)) == found


def test_what_a_run_has_read_is_not_new(known: Known, lake: MemoryLake) -> None:
    """Neither when it is delivered again, with other boundaries; what lands then asks for the
    next revision."""
    pipeline = known(patient())
    landed(lake, pipeline, [1, 2, 3], 100)
    collected(pipeline, lake, quarter(1))
    assert look(pipeline, quarter(1)) == IntervalLook(events=3, new_events=0)
    landed(lake, pipeline, [2, 3], 101)
    assert look(pipeline, quarter(1)).request is None
    landed(lake, pipeline, [4], 103)
    found = look(pipeline, quarter(1))
    assert (found.new_events, requested(found).run.revision) == (1, 2)
    collected(pipeline, lake, quarter(1))
    assert look(pipeline, quarter(1)).request is None


def test_compacting_is_nothing_new(known: Known, lake: MemoryLake) -> None:
    """The same events lie there in another file."""
    pipeline = known(patient())
    landed(lake, pipeline, [1, 2], 100)
    landed(lake, pipeline, [3], 102)
    collected(pipeline, lake, quarter(1))
    Collector(pipeline, lake, NOON + HOUR).compact(quarter(1))
    assert look(pipeline, quarter(1)) == IntervalLook(events=3, new_events=0)


def test_a_run_that_never_listed_its_input_has_read_nothing(known: Known, lake: MemoryLake) -> None:
    """However it ended: the next revision reads all of it."""
    pipeline = known(patient())
    landed(lake, pipeline, [1, 2])
    request = requested(look(pipeline, quarter(1)))
    failed = RunRecord(
        run=request.run,
        status=RunStatus.FAILED,
        stage=Stage.ENDED,
        error="no endpoint",
        at=utc_now(),
        request=request,
    )
    record_run(failed.to_json())
    found = look(pipeline, quarter(1))
    assert (found.new_events, requested(found).run.revision) == (2, 2)


def test_only_intervals_that_may_have_a_window_are_scored(known: Known, lake: MemoryLake) -> None:
    """Events within reach change the scores of an interval that has some; they do not ask for a
    first run where none of their windows ends."""
    pipeline = known(
        stream({"late_arrival": {"tolerance": "1d"}, "early_arrival": "1d"}, windows=SESSIONS)
    )
    landed(lake, pipeline, [1], 100)
    assert look(pipeline, quarter(31)).request is None
    landed(lake, pipeline, [31], 101)
    assert look(pipeline, quarter(31)).new_events == 1
    collected(pipeline, lake, quarter(31))
    landed(lake, pipeline, [14], 102)
    assert look(pipeline, quarter(31)).new_events == 1
    assert look(pipeline, quarter(16)).new_events == 2
    landed(lake, pipeline, [-60], 103)
    collected(pipeline, lake, quarter(31))
    assert look(pipeline, quarter(31)).request is None


def test_what_is_moved_into_an_interval_has_it_scored(known: Known, lake: MemoryLake) -> None:
    """An event that was overtaken counts as of the latest one less the tolerance, which may be
    where nothing was filed, and not where it was filed itself."""
    rule = {"tolerance": "30m"}
    source = {"late_arrival": {"tolerance": "3h"}, "early_arrival": "3h", "out_of_order": rule}
    pipeline = known(stream(source, aggregates={"events": {"function": "count"}}))
    landed(lake, pipeline, [61, 1], 100)
    assert look(pipeline, quarter(31)).request is not None
    app = Collector(pipeline, lake, NOON + 4 * HOUR)
    for minute in (1, 31, 61):
        app.collect(quarter(minute))
    ends = {
        interval: [(w["window_end"] - NOON) // (60 * SECOND) for w in windows]
        for interval, windows in app.windows().items()
    }
    assert ends == {quarter(31): [35], quarter(61): [65]}


def test_what_lies_ahead_is_nothing_new(known: Known, lake: MemoryLake) -> None:
    """It is read, since it tells what is out of order; but what overtook an event is there before
    it. So a stream that goes on does not have what is over scored again and again."""
    source = {"late_arrival": {"tolerance": "3h"}, "out_of_order": {"tolerance": "1m"}}
    pipeline = known(stream(source))
    landed(lake, pipeline, [1], 100)
    collected(pipeline, lake, quarter(1))
    landed(lake, pipeline, [16, 31], 101)
    assert look(pipeline, quarter(1)).request is None


def test_only_streams_have_intervals(known: Known) -> None:
    """Anything else is a mistake of the caller."""
    known(reading_pipeline())
    with pytest.raises(RequestError, match="must have a stream"):
        look(reading_pipeline(), quarter(1))
    with pytest.raises(UnknownPipelineError):
        look(patient(), quarter(1))
