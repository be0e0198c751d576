"""Calls `predict`, and finds the rows that it cannot take.

A batch that raises is cut into halves, those that raise again into halves, until the bad rows
stand alone; the others are scored. The effort is bounded: MAX_CUTS per part. The widest groups are
cut first, so when the cuts are used up, what is rejected with a bad row is as small as it can be.

What does not look like a row's fault is raised: OSError (a retry of the mini-batch may help) and
errors of this package (a damaged model).
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from batch.errors import BatchError

MAX_CUTS = 1000
LONGEST_REASON = 200

logger = logging.getLogger("scoring_model")

Predict = Callable[[Any, pd.DataFrame], object]


class Caller:
    """Calls `predict` for one part."""

    def __init__(self, model: Any, predict: Predict, part: str) -> None:
        self._model = model
        self._predict = predict
        self._part = part
        self._cuts = 0

    def answers(self, windows: pd.DataFrame) -> Iterator[tuple[slice, object, str | None]]:
        """Answers for `windows`, as (rows, answer, None), or (rows, None, why they have none).

        The slices cover all rows, each row once.
        """
        waiting = deque([slice(0, len(windows))])
        while waiting:
            rows = waiting.popleft()
            try:
                answer = self._predict(self._model, windows.iloc[rows].reset_index(drop=True))
            except (OSError, BatchError):
                raise
            except Exception as error:  # noqa: BLE001 - it is the model's code: anything may come
                self._log(error)
                if rows.stop - rows.start == 1 or self._cuts == MAX_CUTS:
                    yield rows, None, _reason(error, rows.stop - rows.start)
                    continue
                self._cuts += 1
                middle = (rows.start + rows.stop) // 2
                waiting += [slice(rows.start, middle), slice(middle, rows.stop)]
            else:
                yield rows, answer, None

    def _log(self, error: Exception) -> None:
        """Tells the first error of a part in full; the others are in the rows' reasons."""
        if not self._cuts:
            logger.warning("%s: predict raised; looking for the rows", self._part, exc_info=error)


def _reason(error: Exception, rows: int) -> str:
    said = (str(error).splitlines() or [""])[0]
    reason = f"model error: {type(error).__name__}: {said}"[:LONGEST_REASON]
    return reason if rows == 1 else f"{reason} (in one of {rows} rows)"
