"""Waiting for conditions: what tests do instead of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

FIRST_PAUSE_S = 0.01
LONGEST_PAUSE_S = 0.2


def wait_until(predicate: Callable[[], T], *, description: str, timeout_s: float = 20.0) -> T:
    """Call the predicate until it is truthy and return what it returned.

    Raises:
        AssertionError: `description` did not become true within `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    pause_s = FIRST_PAUSE_S
    while not (found := predicate()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {description}")
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)
    return found
