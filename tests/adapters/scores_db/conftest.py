"""A scores database of its own for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.scores_db import ScoresDb
from domain.pipeline import Pipeline
from tests.adapters.scores_db.samples import sample_pipeline


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'scores.db'}"


@pytest.fixture
def open_db() -> Iterator[Callable[[str], ScoresDb]]:
    """Opens databases, and closes them after the test."""
    opened: list[ScoresDb] = []

    def _open(url: str) -> ScoresDb:
        opened.append(ScoresDb(url, None))
        return opened[-1]

    yield _open
    for db in opened:
        db.close()


@pytest.fixture
def db(url: str, open_db: Callable[[str], ScoresDb]) -> ScoresDb:
    """An empty scores database."""
    return open_db(url)


@pytest.fixture
def pipeline() -> Pipeline:
    """A pipeline with two keys and an output column of each type."""
    return sample_pipeline()
