"""What a crash or a lost signal left is found, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

import pytest

from domain.intervals import burst_instance_id
from domain.pipeline import Pipeline
from domain.windows import from_us
from tests.adapters.landing.streams import HOUR, MINUTE, NOON, SECOND, stream
from tests.adapters.pipelines import reading_pipeline
from tests.adapters.streams.scenes import landed, quarter
from tests.streams.collector import Collector
from tests.streams.memory_lake import MemoryLake
from tests.triggers.durable import Durable
from triggers import collecting, sweeper

Known = Callable[[Pipeline], Pipeline]
EARLY = {"early_arrival": "2d", "late_arrival": {"tolerance": "1m", "policy": "rescore"}}
SNAPSHOT = {"kind": "snapshot"}


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the clock."""

    def set_to(us: int) -> None:
        def now() -> datetime:
            return from_us(us)

        monkeypatch.setattr(sweeper, "utc_now", now)
        monkeypatch.setattr(collecting, "utc_now", now)

    return set_to


def swept(pipeline: Pipeline, **statuses: str) -> list[str]:
    """The times of the ends of intervals that are collected, each of which was started."""
    client = Durable(**statuses)
    found = asyncio.run(sweeper.sweep_stream(client, pipeline))
    started = [("start collect_burst", f"{pipeline.name}@{label}") for label in found]
    assert client.done == started
    return [label[11:16] for label in found]


def test_a_closed_interval_with_small_files_is_collected(
    known: Known, lake: MemoryLake, at: Callable[[int], None], caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody should have; it is said in the log. Not before a minute has passed."""
    pipeline = known(stream(EARLY, SNAPSHOT))
    landed(lake, pipeline, [1, 2])
    at(NOON + 17 * MINUTE - SECOND)
    assert swept(pipeline) == []
    at(NOON + 17 * MINUTE)
    with caplog.at_level(logging.WARNING):
        assert swept(pipeline) == ["12-15"]
    assert "12-15-00Z" in caplog.text


def test_an_open_interval_is_left_alone(
    known: Known, lake: MemoryLake, at: Callable[[int], None]
) -> None:
    """Its batches are still coming."""
    pipeline = known(stream(EARLY, SNAPSHOT))
    landed(lake, pipeline, [1, 31])
    at(NOON + HOUR // 2)
    assert swept(pipeline) == ["12-15"]


def test_an_interval_that_was_collected_is_left_alone(
    known: Known, lake: MemoryLake, at: Callable[[int], None]
) -> None:
    """It is one file; but what landed since then is found."""
    pipeline = known(stream(EARLY, SNAPSHOT))
    landed(lake, pipeline, [1, 2], 100)
    app = Collector(pipeline, lake, NOON + HOUR)
    app.compact(quarter(1))
    at(NOON + HOUR)
    assert swept(pipeline) == []
    landed(lake, pipeline, [3], 102)
    assert swept(pipeline) == ["12-15"]


def test_one_that_is_being_collected_is_left_alone(
    known: Known, lake: MemoryLake, at: Callable[[int], None]
) -> None:
    """Not even signalled: it will look by itself."""
    pipeline = known(stream(EARLY, SNAPSHOT))
    landed(lake, pipeline, [1])
    at(NOON + HOUR)
    instance_id = burst_instance_id(pipeline.name, quarter(1))
    assert swept(pipeline, **{instance_id: "Running"}) == []
    assert swept(pipeline, **{instance_id: "Failed"}) == ["12-15"]


def test_windows_that_reach_further_have_later_intervals_collected(
    known: Known, lake: MemoryLake, at: Callable[[int], None]
) -> None:
    """Those that are closed: their scores may need the events that were left."""
    pipeline = known(stream(EARLY, {"kind": "hopping", "size": "30m", "hop": "5m"}))
    landed(lake, pipeline, [1])
    at(NOON + 34 * MINUTE)
    assert swept(pipeline) == ["12-15", "12-30"]
    at(NOON + 4 * HOUR)
    assert swept(pipeline) == ["12-15", "12-30", "12-45"]


def test_it_looks_as_far_back_as_events_may_be_late(
    known: Known, lake: MemoryLake, at: Callable[[int], None]
) -> None:
    """And two days more, for a crash that nobody saw."""
    rescored = {"tolerance": "1m", "policy": "rescore", "limit": "3d"}
    patient = known(stream({"late_arrival": rescored}, SNAPSHOT))
    strict = known(stream(windows=SNAPSHOT))
    for pipeline in (patient, strict):
        landed(lake, pipeline, [60])
    at(NOON + 4 * 24 * HOUR)
    assert (swept(patient), swept(strict)) == (["13-00"], [])
    at(NOON + 2 * 24 * HOUR)
    assert swept(strict) != []


def test_only_pipelines_with_a_stream_have_a_timer() -> None:
    """Without any, there is no function."""
    assert not sweeper.sweeper({"reading": reading_pipeline()})._function_builders
    assert len(sweeper.sweeper({"s": stream()})._function_builders) == 1
