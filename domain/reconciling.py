"""The proof of a run: what was computed against what is stored, down to the row."""

from __future__ import annotations

from domain.messages import Reconciled, ReconcileOrder


def weigh(order: ReconcileOrder, counted: dict[str, int]) -> Reconciled:
    """Whether a run is accounted for, and if not, which sum is wrong.

    Args:
        order: The windows and chunks that the run planned.
        counted: What the database holds: chunks_scored, chunks_failed, jobs_submitted,
            rows_scored, rows_rejected, rows_failed, rows_in_sql, rows_superseded.
    """
    sums = {
        "chunks planned = scored + failed": (
            order.chunks,
            counted["chunks_scored"] + counted["chunks_failed"],
        ),
        "windows = rows scored + rejected + in dead letters": (
            order.windows,
            counted["rows_scored"] + counted["rows_rejected"] + counted["rows_failed"],
        ),
        "rows scored = in SQL + superseded by other runs": (
            counted["rows_scored"],
            counted["rows_in_sql"] + counted["rows_superseded"],
        ),
    }
    wrong = [
        f"{what}: {left} is not {right}" for what, (left, right) in sums.items() if left != right
    ]
    return Reconciled(**counted, balanced=not wrong, explanation="; ".join(wrong))
