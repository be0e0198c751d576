"""How many random examples a property is tried on: a few, or many on request."""

import os

LONGER = bool(os.environ.get("WINDROW_LONGER"))


def examples(count: int) -> int:
    """Return how many; ten times as many with WINDROW_LONGER=1."""
    return 10 * count if LONGER else count
