"""How a run ends, by what became of its chunks and by what the proof says."""

from typing import Any

import pytest

from domain import names
from domain.messages import RunRecord, SegmentResult
from domain.runs import RunStatus
from orchestrators.run_pipeline import run_pipeline
from tests.orchestrators.replaying import Life, play
from tests.orchestrators.scenes import always, answer, reconciled, request, run_world

CHUNKS = 20


def end_with(failed: int, tolerated: int | str, explanation: str = "") -> Life:
    """A run of which so many chunks failed."""
    result = SegmentResult(scored=CHUNKS - failed, failed=failed).to_json()
    proof = answer(reconciled(CHUNKS, failed, explanation=explanation))
    world = run_world(
        chunks=CHUNKS,
        **{names.SCORE_SEGMENT: always(result), names.RECONCILE_RUN: always(proof)},
    )
    sent = request(tolerated_failed_chunks=tolerated).to_json()
    [life] = play(run_pipeline, sent, world)
    return life


def last_record(life: Life) -> RunRecord:
    """What the ledger says in the end."""
    return RunRecord.from_json(life.called(names.RECORD_RUN)[-1].input)


@pytest.mark.parametrize(
    ("failed", "tolerated", "status"),
    [
        (0, 0, RunStatus.COMPLETED),
        (0, "100%", RunStatus.COMPLETED),
        (1, 0, RunStatus.FAILED),
        (3, 3, RunStatus.COMPLETED_WITH_ERRORS),
        (4, 3, RunStatus.FAILED),
        (2, "10%", RunStatus.COMPLETED_WITH_ERRORS),
        (3, "10%", RunStatus.FAILED),
        (1, "4%", RunStatus.FAILED),
        (20, "100%", RunStatus.COMPLETED_WITH_ERRORS),
    ],
)
def test_failed_chunks_decide_the_end(failed: int, tolerated: Any, status: RunStatus) -> None:
    """Up to the tolerated count or share a run has errors; above, it is failed."""
    life = end_with(failed, tolerated)
    record = last_record(life)
    assert record.status is status
    assert (life.error is not None) == (status is RunStatus.FAILED)
    if failed:
        assert record.error == f"{failed} of 20 chunks failed; tolerated: {tolerated}"
    assert record.reconciled is True


def test_chunks_that_failed_are_not_reported_once_more() -> None:
    """Each chunk reported itself; the run only counts."""
    assert not end_with(3, 0).called(names.REPORT_FAILURE)


def test_a_run_that_is_not_balanced_is_failed() -> None:
    """However well the chunks went, rows that are unaccounted for fail the run, with the sum."""
    life = end_with(0, "100%", explanation="rows scored = in SQL: 200 is not 190")
    record = last_record(life)
    assert (record.status, record.reconciled) == (RunStatus.FAILED, False)
    assert record.error == life.error == "rows scored = in SQL: 200 is not 190"
