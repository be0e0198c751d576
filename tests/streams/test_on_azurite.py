"""One story in memory and in the real storage: so the one stands for the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.lake import Lake
from domain.pipeline import Pipeline
from tests.adapters.landing.streams import NOON, SECOND, stream
from tests.streams.app import app_over
from tests.streams.collector import Collector
from tests.streams.comparing import assert_same_windows
from tests.streams.logs import Log, Message, Reading, defined_windows
from tests.streams.memory_lake import MemoryLake
from tests.streams.stories import AGGREGATES, Collection, Delivery, Story
from tests.streams.telling import Telling

pytestmark = pytest.mark.xdist_group("streams")


def example() -> Story:
    """Two partitions; late, early and broken events; a batch that comes again in two others; an
    interval that is run while a batch lands, and another that is read while it is compacted."""
    pipeline = stream(
        {
            "score_every": "10s",
            "quiet": "1s",
            "late_arrival": {"tolerance": "3s", "policy": "rescore", "limit": "1m"},
            "out_of_order": {"tolerance": "6s"},
        },
        {"kind": "hopping", "size": "15s", "hop": "5s"},
        AGGREGATES,
    )
    behind = [0, 1, 12, -2, 3, 25, 0, 900]
    log: Log = [
        [
            Message(
                NOON + (3 * number + partition) * SECOND,
                (Reading(NOON + (3 * number - back) * SECOND, "ab"[number % 2], number), None),
            )
            for number, back in enumerate(behind[partition:])
        ]
        for partition in range(2)
    ]
    steps: list[Delivery | Collection] = [
        Delivery(0, 0, 4),
        Delivery(0, 3, 2),
        Delivery(1, 0, 3),
        Collection(0, Delivery(1, 2, 3), None),
        Delivery(0, 1, 5),
        Collection(0, 0, None),
        Collection(0, 1, None),
        Delivery(1, 4, 6),
        Collection(1, 0, None),
    ]
    return Story(pipeline, log, steps)


def told(story: Story, lake: Lake, folder: Path) -> Collector:
    """The app after the story."""
    folder.mkdir()
    with app_over(lake, folder) as known:
        known[story.pipeline.name] = story.pipeline
        return Telling(story, lake).tell()


def names(lake: Lake, pipeline: Pipeline) -> list[str]:
    """Everything of a pipeline in a lake."""
    return [file.path for file in lake.list("") if f"pipeline={pipeline.name}/" in file.path]


def test_in_memory_and_in_azurite_a_story_ends_the_same(real_lake: Lake, tmp_path: Path) -> None:
    """The same files under the same names, the same runs, and the windows that are defined."""
    story, memory = example(), MemoryLake()
    there, here = told(story, real_lake, tmp_path / "r"), told(story, memory, tmp_path / "m")
    assert_same_windows(there.windows(), defined_windows(story.pipeline, story.log))
    assert there.windows() == here.windows()
    assert names(real_lake, story.pipeline) == names(memory, story.pipeline)
    assert any("/compacted.json" in name for name in names(memory, story.pipeline))
    assert there.newest == here.newest and max(r.run.revision for r in here.newest.values()) > 1
