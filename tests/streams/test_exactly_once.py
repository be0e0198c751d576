"""Whatever happens on the way, in the end every event counts exactly once.

Random pipelines and streams, delivered in batches of any boundaries, again and again, torn by
crashes, while intervals are run and compacted: then the windows of every interval's newest run are
those that the definitions tell for the distinct events. WINDROW_STORIES sets how many are told.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from domain.pipeline import Pipeline
from tests.streams.app import app_over
from tests.streams.comparing import assert_same_windows
from tests.streams.logs import defined_windows
from tests.streams.memory_lake import MemoryLake
from tests.streams.stories import Story, stories
from tests.streams.telling import Telling

STORIES = int(os.environ.get("WINDROW_STORIES", "15"))


@pytest.fixture(scope="module")
def lake() -> MemoryLake:
    """One for all stories; each has a pipeline of its own."""
    return MemoryLake()


@pytest.fixture(scope="module")
def known(
    lake: MemoryLake, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Pipeline]]:
    """The app's pipelines."""
    with app_over(lake, tmp_path_factory.mktemp("stories")) as pipelines:
        yield pipelines


@pytest.mark.timeout(600 + 5 * STORIES)
@settings(
    max_examples=STORIES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(story=stories())
def test_every_event_counts_exactly_once(
    lake: MemoryLake, known: dict[str, Pipeline], story: Story
) -> None:
    """And nothing is run again without anything new, but for what was delivered again."""
    lake.blobs.clear()
    known[story.pipeline.name] = story.pipeline
    telling = Telling(story, lake)
    app = telling.tell()
    assert_same_windows(app.windows(), defined_windows(story.pipeline, story.log))
    assert max(app.needless.values(), default=0) <= telling.redeliveries
