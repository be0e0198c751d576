"""The SDK gives advice as warnings; the host shows them, tests do not stop at them."""

import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _sdk_advice() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
