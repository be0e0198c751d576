"""Makes replays quick enough to play thousands of them."""

import functools
import sys
from collections.abc import Iterator

import azure.durable_functions  # noqa: F401 (the module below is part of it)
import pytest


@pytest.fixture(scope="session", autouse=True)
def remember_timestamps() -> Iterator[None]:
    """The SDK parses every timestamp of the history in every replay; here, each text once."""
    module = sys.modules["azure.durable_functions.models.history.HistoryEvent"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "dt_parse", functools.cache(module.dt_parse))
        yield
