"""One running Windrow for all end-to-end tests that do not break it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.world import World, running_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The shared world; tests keep apart by pipeline, input folder, span and revision."""
    with running_world(tmp_path_factory.mktemp("e2e") / "world") as running:
        yield running
