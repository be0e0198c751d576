"""The table of quality: a run's rows are its own, and the newest come first."""

from __future__ import annotations

from adapters.scores_db import ScoresDb
from domain.quality import ColumnMeasure
from tests.adapters.scores_db.samples import AT, LATER, sample_run

MEASURE = ColumnMeasure("mean", "feature", "v1", 10, 1, -1.0, 2.0, 0.5, 0.1, None, None, 1.0, 2.0)
ODD = ColumnMeasure("odd", "output", "v1", 10, 0, share_true=0.1, expected_true=0.05)


def test_measures_come_back_as_they_were(db: ScoresDb) -> None:
    """With the run that they are about; what is None stays None."""
    db.replace_quality(sample_run(), [ODD, MEASURE], AT)
    first, second = db.quality_of(sample_run().run_id)
    assert (first.measure, second.measure) == (MEASURE, ODD)
    assert (first.pipeline, first.span_from, first.measured_at) == ("fleet", sample_run().start, AT)


def test_a_runs_rows_are_replaced_and_no_others(db: ScoresDb) -> None:
    """Also by none."""
    other = sample_run(first=1)
    db.replace_quality(other, [MEASURE], AT)
    for _ in range(2):
        db.replace_quality(sample_run(), [MEASURE, ODD], LATER)
    assert len(db.quality_of(sample_run().run_id)) == 2
    db.replace_quality(sample_run(), [], LATER)
    assert db.quality_of(sample_run().run_id) == []
    assert [row.measured_at for row in db.quality_of(other.run_id)] == [AT]


def test_the_history_begins_with_the_latest_span_and_revision(db: ScoresDb) -> None:
    """Of one column, or of all; as many as are wanted."""
    for first in (1, 0, 2):
        for revision in (2, 1):
            run = sample_run(revision, first=first)
            db.replace_quality(run, [MEASURE, ODD], AT)
    db.replace_quality(sample_run(pipeline="other"), [MEASURE], AT)
    found = db.quality_history("fleet", "odd")
    days = [(row.span_from.day, row.revision) for row in found]
    assert days == [(3, 2), (3, 1), (2, 2), (2, 1), (1, 2), (1, 1)]
    newest = db.quality_history("fleet", limit=3)
    assert [row.measure.column_name for row in newest] == ["mean", "odd", "mean"]


def test_a_column_that_two_versions_scored_has_two_rows(db: ScoresDb) -> None:
    """A deployment may be switched in the middle of a run."""
    newer = ColumnMeasure("mean", "feature", "v2", 5, 0)
    db.replace_quality(sample_run(), [MEASURE, newer], AT)
    found = db.quality_of(sample_run().run_id)
    assert [row.measure.model_version for row in found] == ["v1", "v2"]
