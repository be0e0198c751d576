"""The proof of a run: four sums, and which of them is wrong."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.messages import ReconcileOrder, Run, StoredCounts
from domain.reconciling import weigh

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
RUN = Run(run_id="fleet-r1", pipeline="fleet", start=START, end=END, revision=1)
ORDER = ReconcileOrder(run=RUN, windows=100, chunks=10)
COUNTED: dict[str, Any] = {
    "chunks_scored": 9,
    "chunks_failed": 1,
    "jobs_submitted": 13,
    "rows_scored": 85,
    "rows_rejected": 5,
    "rows_failed": 10,
    "rows_in_sql": 80,
    "rows_superseded": 5,
    "rejected": {"unknown key": 3, "nan": 2},
}


def test_a_run_that_is_accounted_for_is_balanced() -> None:
    """Scored, rejected, in dead letters, superseded: every window is somewhere."""
    found = weigh(ORDER, StoredCounts(**COUNTED))
    assert (found.balanced, found.explanation) == (True, "")
    assert found.model_dump(include=set(COUNTED)) == COUNTED


@pytest.mark.parametrize(
    ("change", "explanation"),
    [
        ({"chunks_scored": 8}, "chunks planned = scored + failed: 10 is not 9"),
        (
            {"rows_rejected": 4, "rejected": {"nan": 4}},
            "windows = rows scored + rejected + in dead letters: 100 is not 99",
        ),
        (
            {"rejected": {"nan": 4}},
            "rows rejected = in the table of rejected rows, by kind: 5 is not 4",
        ),
        ({"rows_failed": 11}, "windows = rows scored + rejected + in dead letters: 100 is not 101"),
        ({"rows_in_sql": 79}, "rows scored = in SQL + superseded by other runs: 85 is not 84"),
        ({"rows_superseded": 6}, "rows scored = in SQL + superseded by other runs: 85 is not 86"),
    ],
)
def test_a_wrong_sum_is_named_with_both_sides(change: dict[str, Any], explanation: str) -> None:
    """One lost or doubled row is enough."""
    found = weigh(ORDER, StoredCounts(**COUNTED | change))
    assert (found.balanced, found.explanation) == (False, explanation)


def test_every_wrong_sum_is_named() -> None:
    """A row that is counted as scored twice upsets two sums."""
    found = weigh(ORDER, StoredCounts(**COUNTED | {"rows_scored": 86}))
    assert found.explanation.count(" is not ") == 2


def test_an_empty_run_is_balanced() -> None:
    """Nothing is equal to nothing."""
    order = ReconcileOrder(run=RUN, windows=0, chunks=0)
    assert weigh(order, StoredCounts(**dict.fromkeys(COUNTED, 0) | {"rejected": {}})).balanced
