"""Two processes have the same partition for a while, as after a change of its lease."""

from __future__ import annotations

import io
import multiprocessing
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from adapters.lake import Lake
from adapters.streams.folders import list_intervals
from domain.intervals import intervals_between
from tests.adapters.landing.streams import NOON, SECOND, stream
from tests.streams.app import app_over
from tests.streams.collector import Collector, EventId
from tests.streams.comparing import assert_same_windows
from tests.streams.hosts import compact_intervals, land_batches
from tests.streams.logs import Message, Reading, defined_windows
from tests.streams.stories import AGGREGATES
from tests.support.cloud import RunningCloud

pytestmark = pytest.mark.xdist_group("streams")

ROUNDS = 4
MESSAGES = [
    Message(
        NOON + number * SECOND,
        tuple(Reading(NOON + (number - n * 4) * SECOND, "ab"[n], number) for n in range(2)),
    )
    for number in range(4 * ROUNDS)
]


def test_two_hosts_and_a_compaction_at_once(
    cloud: RunningCloud, real_lake: Lake, tmp_path: Path
) -> None:
    """Both land overlapping batches with boundaries of their own while a third process compacts:
    every event is there exactly once, and the windows are those that are defined."""
    pipeline = stream(
        {
            "score_every": "10s",
            "quiet": "1s",
            "dedupe": "none",
            "late_arrival": {"tolerance": "5s"},
        },
        {"kind": "tumbling", "size": "5s"},
        AGGREGATES,
    )
    intervals = intervals_between(NOON - 4 * SECOND, MESSAGES[-1].enqueued_us, 10 * SECOND)
    batch = [message.arrived("0", 100 + n) for n, message in enumerate(MESSAGES)]
    first = [batch[4 * n : 4 * n + 4] for n in range(ROUNDS)]
    second = [batch[max(0, 4 * n - 3) : 4 * n + 3] for n in range(ROUNDS)]

    spawned = multiprocessing.get_context("spawn")
    barrier, spec = spawned.Barrier(3), pipeline.model_dump(mode="json")
    account = cloud.blob_uri
    hosts = [
        spawned.Process(target=land_batches, args=(account, spec, first, barrier)),
        spawned.Process(target=land_batches, args=(account, spec, second, barrier)),
        spawned.Process(
            target=compact_intervals, args=(account, pipeline.name, intervals, ROUNDS, barrier)
        ),
    ]
    try:
        for host in hosts:
            host.start()
        for host in hosts:
            host.join(120)
        assert [host.exitcode for host in hosts] == [0, 0, 0]
    finally:
        for host in hosts:
            host.kill()

    with app_over(real_lake, tmp_path) as known:
        known[pipeline.name] = pipeline
        app = Collector(pipeline, real_lake, MESSAGES[-1].enqueued_us + 60 * SECOND)
        for interval in intervals:
            app.collect(interval)
        before = app.windows()
        for interval in intervals:
            app.compact(interval)
            app.collect(interval)
    assert_same_windows(before, defined_windows(pipeline, [MESSAGES]))
    assert {request.run.revision for request in app.newest.values()} == {1}
    found: Counter[EventId] = Counter()
    for files in list_intervals(real_lake, pipeline.name, intervals):
        assert files.compacted is not None and not files.small and not files.left_over
        table = pq.read_table(io.BytesIO(real_lake.read_bytes(files.compacted.path)))
        found.update(map(EventId, *(table[name].to_pylist() for name in EventId._fields)))
    assert found == Counter(EventId("0", one.sequence, n) for one in batch for n in range(2))
