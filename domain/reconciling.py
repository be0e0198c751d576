"""The proof of a run: what was computed against what is stored, down to the row."""

from __future__ import annotations

from domain.messages import Reconciled, ReconcileOrder, StoredCounts


def weigh(order: ReconcileOrder, counted: StoredCounts) -> Reconciled:
    """Whether a run is accounted for, and if not, which sum is wrong.

    Args:
        order: The windows and chunks that the run planned.
        counted: What the database holds.
    """
    sums = {
        "chunks planned = scored + failed": (
            order.chunks,
            counted.chunks_scored + counted.chunks_failed,
        ),
        "windows = rows scored + rejected + in dead letters": (
            order.windows,
            counted.rows_scored + counted.rows_rejected + counted.rows_failed,
        ),
        "rows scored = in SQL + superseded by other runs": (
            counted.rows_scored,
            counted.rows_in_sql + counted.rows_superseded,
        ),
        "rows rejected = in the table of rejected rows, by kind": (
            counted.rows_rejected,
            sum(counted.rejected.values()),
        ),
    }
    wrong = [
        f"{what}: {left} is not {right}" for what, (left, right) in sums.items() if left != right
    ]
    return Reconciled(**counted.model_dump(), balanced=not wrong, explanation="; ".join(wrong))
