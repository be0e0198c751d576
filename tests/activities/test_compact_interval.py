"""One file of the many: the activity over `adapters/streams/compaction.py`."""

from __future__ import annotations

from collections.abc import Callable

from activities.compact_interval import compact_interval
from domain.messages import IntervalOrder
from domain.pipeline import Pipeline
from tests.adapters.pipelines import reading_pipeline
from tests.adapters.streams.scenes import landed, patient, quarter
from tests.streams.memory_lake import MemoryLake

Known = Callable[[Pipeline], Pipeline]


def order(pipeline: Pipeline) -> dict[str, str]:
    """The activity's input, for the quarter after noon."""
    return IntervalOrder(pipeline=pipeline.name, interval=quarter(1).label).to_json()


def test_it_tells_how_many_files_became_one(known: Known, lake: MemoryLake) -> None:
    """And nothing when it is done again."""
    pipeline = known(patient())
    for first in (100, 101, 102):
        landed(lake, pipeline, [1], first)
    assert compact_interval(order(pipeline)) == {"files": 3}
    before = dict(lake.blobs)
    assert compact_interval(order(pipeline)) == {"files": 0}
    assert lake.blobs == before


def test_a_pipeline_without_a_stream_has_nothing_to_compact(known: Known) -> None:
    """It may have had one when its interval was begun."""
    assert compact_interval(order(known(reading_pipeline()))) == {"files": 0}
