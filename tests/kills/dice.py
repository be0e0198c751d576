"""When to kill: moments drawn at random, the same ones again for the same seed."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

MOST_MORE = 10
SPARED = 0.1

logger = logging.getLogger(__name__)


class Measure(Enum):
    """What the way to a moment is measured in."""

    SECONDS = "seconds since this start"
    MESSAGES = "messages since the first start"
    RUNS = "runs of activities since the first start"


@dataclass(frozen=True)
class Moment:
    """When it is `at` so many of a measure, or `latest` at so many messages.

    If it was that late already at this start, it comes with some `more` of what is counted.
    """

    measure: Measure
    at: float
    latest: int
    more: int

    def __str__(self) -> str:
        return f"{self.at:.4g} {self.measure.value}, {self.latest} messages, or {self.more} more"


@dataclass(frozen=True)
class Length:
    """How long a story is when nobody is killed, in each measure."""

    seconds: float
    messages: int
    runs: int = 0


def roll() -> random.Random:
    """Dice of the seed WINDROW_SEED, or of any; which, is told when a test fails."""
    seed = int(os.environ.get("WINDROW_SEED") or random.SystemRandom().randrange(10**9))
    logger.warning("repeat with WINDROW_SEED=%d", seed)
    return random.Random(seed)  # noqa: S311 - no secret


def draw_moments(
    dice: random.Random, count: int, length: Length, measures: Sequence[Measure], start_s: float
) -> list[Moment]:
    """Moments spread at random over a story, in order; its end is spared.

    Those in seconds reach from the very start of a process, which is ready after about `start_s`,
    to what it can be expected to do until the next kill.
    """
    shares = sorted(dice.uniform(0, 1 - SPARED) for _ in range(count))
    longest_s = start_s + 2 * length.seconds / count
    return [_draw(dice, dice.choice(measures), share, length, longest_s) for share in shares]


def _draw(
    dice: random.Random, measure: Measure, share: float, length: Length, longest_s: float
) -> Moment:
    at = {
        Measure.SECONDS: dice.uniform(0, longest_s),
        Measure.MESSAGES: share * length.messages,
        Measure.RUNS: share * length.runs,
    }
    return Moment(measure, at[measure], round(share * length.messages), dice.randint(1, MOST_MORE))
