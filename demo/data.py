"""What a run needs to know of its data, wherever they come from: dice or a user's file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from simulate.faults import Fault


@dataclass(frozen=True)
class Data:
    """Data that are in the lake, and the windows to train a model on.

    `start` and `end` are the span to score, UTC; `input` is the path in the lake if the data are
    not where the pipeline's source has them; `events` is how many rows were put there;
    `learned_until` is set if the training windows are the first part of the span itself.
    """

    start: datetime
    end: datetime
    events: int
    training: pd.DataFrame
    faults: Sequence[Fault] = field(default_factory=tuple)
    input: str | None = None
    learned_until: datetime | None = None
