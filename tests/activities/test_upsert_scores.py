"""A job's scores against the windows that it was given: all, or it is told which are lacking."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from activities.reconcile_run import reconcile_run
from activities.report_failure import report_failure
from activities.upsert_scores import upsert_scores
from adapters.context import context
from domain import lake_paths
from domain.errors import PredictionsError, TransientError
from domain.messages import Failure, Reconciled, ReconcileOrder, Upserted
from domain.pipeline import Pipeline
from domain.runs import Stage
from tests.activities.scoring import RUN, Planned
from tests.adapters.scores_db.samples import scores_of
from tests.streams.memory_lake import MemoryLake

pytestmark = pytest.mark.usefixtures("known")
Known = Callable[[Pipeline], Pipeline]
LAST = 3
FIELDS = ["device", "sensor", "window_end", "score", "label", "hits", "odd"]


def refused(planned: Planned, attempt: int) -> str:
    """Why the scores of an attempt are not taken."""
    with pytest.raises(PredictionsError) as told:
        upsert_scores(planned.order(attempt))
    return str(told.value)


def give_up(planned: Planned, reason: str, attempt: int = LAST) -> dict[str, object]:
    """Reports the chunk as given up, twice; answers its dead letter in the lake."""
    failure = Failure(
        run=RUN,
        reason=reason,
        stage=Stage.SCORING,
        segment=1,
        chunk=1,
        attempt=attempt,
        final=True,
    )
    for _ in range(2):
        report_failure(failure.to_json())
    path = lake_paths.dead_letter(RUN.pipeline, RUN.run_id, 1)
    letter: dict[str, object] = json.loads(planned.lake.blobs[path])
    return letter


def proof(windows: int = 6) -> Reconciled:
    """The run, reconciled as if the chunk were its only one."""
    order = ReconcileOrder(run=RUN, windows=windows, chunks=1)
    return Reconciled.from_json(reconcile_run(order.to_json()))


def test_a_whole_chunk_is_upserted(lake: MemoryLake) -> None:
    """Whatever the files are called."""
    planned = Planned(lake)
    planned.put("all.parquet", [r for n in range(3) for r in planned.rows(n)])
    done = Upserted.from_json(upsert_scores(planned.order()))
    assert (done.rows_scored, proof().balanced) == (6, True)


def test_parts_without_scores_are_named(lake: MemoryLake) -> None:
    """A job may complete although mini-batches failed; another job may do better, so nothing is
    written."""
    planned = Planned(lake)
    planned.scores(1)
    told = refused(planned, 1)
    assert "must have one row per window (6); has 2 in 1 file;" in told
    assert "no scores of part-000.parquet, part-002.parquet (4 rows)" in told
    assert context().scores.scored(planned.job()) is None


def test_after_the_last_attempt_whole_parts_are_kept(lake: MemoryLake) -> None:
    """The rows of the others are in the dead letter, with their parts; running again changes
    nothing, and every window is somewhere."""
    planned = Planned(lake)
    planned.scores(0, LAST)
    planned.scores(2, LAST)
    told = refused(planned, LAST)
    assert refused(planned, LAST) == told
    letter = give_up(planned, told)
    [part] = letter["parts"]  # type: ignore[misc]
    assert part["path"].endswith("chunk=001/part-001.parquet")
    assert (letter["rows"], part["rows"], letter["reason"]) == (2, 2, told)
    found = proof()
    assert found.balanced, found.explanation
    assert (found.rows_scored, found.rows_failed, found.chunks_failed) == (4, 2, 1)
    assert len(scores_of(context().scores, planned.pipeline)) == 4
    assert refused(planned, LAST) == told
    assert proof() == found


@pytest.mark.parametrize("present", [(), ((0, 2), (1, 1)), ((0, 2), (1, 1), (2, 2))])
def test_what_is_not_exactly_some_parts_is_not_kept(
    lake: MemoryLake, present: tuple[tuple[int, int], ...]
) -> None:
    """Nothing at all, or a part with too few rows: the whole chunk is in the dead letter."""
    planned = Planned(lake)
    for part, rows in present:
        planned.scores(part, LAST, rows)
    letter = give_up(planned, refused(planned, LAST))
    assert (letter["rows"], len(letter["parts"])) == (6, 3)  # type: ignore[arg-type]
    found = proof()
    assert (found.balanced, found.rows_failed, found.rows_scored) == (True, 6, 0)


def test_files_of_other_names_are_told_by_rows_alone(lake: MemoryLake) -> None:
    """It is not known which windows are lacking, so none is kept."""
    planned = Planned(lake)
    planned.put("all.parquet", planned.rows(0), LAST)
    assert refused(planned, LAST).endswith("must have one row per window (6); has 2 in 1 file")
    assert give_up(planned, "lost")["rows"] == 6


def test_a_plain_script_feeds_the_same_table(lake: MemoryLake) -> None:
    """Rows that it appended, one per window; one that does not parse is rejected, and counted."""
    plain = {"predictions": {"columns": FIELDS}}
    planned = Planned(lake, parts=1, model=plain)
    lines = "d1 s 2026-01-01T00:05:00Z 0.5 ok 1 true\nd2 s 2026-01-01T00:05:00Z ? ok 1 true\n"
    planned.lake.write_bytes(f"{planned.folder()}predictions.csv", lines.encode())
    done = Upserted.from_json(upsert_scores(planned.order()))
    assert (done.rows_scored, done.rows_rejected) == (1, 1)
    [scored] = scores_of(context().scores, planned.pipeline)
    assert (scored["device"], scored["score"], scored["model_version"]) == ("d1", 0.5, "plain")
    assert proof(2).rejected == {"schema": 1}
    [line] = lines.splitlines()[:1]
    planned.lake.write_bytes(f"{planned.folder(2)}predictions.csv", line.encode())
    assert "must have one row per window (2); has 1 in 1 file" in refused(planned, 2)


def test_a_dead_letter_that_was_not_written_is_written_again(lake: MemoryLake) -> None:
    """Dying between the lake and the ledger loses nothing."""
    planned = Planned(lake)
    planned.scores(0, LAST)
    told = refused(planned, LAST)
    with lake.failing(lambda path: path.startswith("dead/")), pytest.raises(TransientError):
        give_up(planned, told)
    assert give_up(planned, told)["rows"] == 4
    assert proof().balanced
