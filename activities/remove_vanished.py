"""Removes the scores of windows that an older revision had and this one has not.

Input: `Run`. Output: `Removed`.
Raises: RunCancelledError, ScoresDbError, TransientError.

Only called when every chunk of the run was scored: what this run did not write is gone.
"""

from __future__ import annotations

from typing import Any

from adapters.context import context
from domain.messages import Removed, Run


def remove_vanished(payload: dict[str, Any]) -> dict[str, Any]:
    """Removes; running it again removes nothing more, and answers the same."""
    run, scores = Run.from_json(payload), context().scores
    scores.remove_vanished(run, context().pipeline_of(run))
    row = scores.get_run(run.run_id)
    return Removed(rows=row.counts.get("rows_vanished", 0) if row else 0).to_json()
