"""One local cloud per test process, for tests that only talk to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cloud import RunningCloud, local_cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A local cloud with one container, ``lake``, and no machine learning."""
    state: Path = tmp_path_factory.mktemp("cloud")
    with local_cloud(state, {"storage": {"containers": ["lake"]}}) as running:
        yield running
