"""Fixtures: the app over a lake in memory and a scores database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domain.pipeline import Pipeline
from tests.streams.app import app_over
from tests.streams.memory_lake import MemoryLake


@pytest.fixture
def lake() -> MemoryLake:
    """The lake."""
    return MemoryLake()


@pytest.fixture
def known(lake: MemoryLake, tmp_path: Path) -> Iterator[Callable[[Pipeline], Pipeline]]:
    """Makes a pipeline known to the app, and answers it."""
    with app_over(lake, tmp_path) as pipelines:

        def add(pipeline: Pipeline) -> Pipeline:
            pipelines[pipeline.name] = pipeline
            return pipeline

        yield add
