"""What the jobs noted is added up, judged, and written down once."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from activities.measure_quality import measure_quality
from activities.upsert_scores import upsert_scores
from adapters.context import context
from domain.errors import PredictionsError
from domain.messages import Measured
from tests.activities.scoring import RUN, Planned
from tests.domain.notes import numbers, truths
from tests.streams.memory_lake import MemoryLake

pytestmark = pytest.mark.usefixtures("known")
DRIFTED = [5.0] * 300
AS_TRAINED = [-2.0] * 10 + [-0.5] * 40 + [0.5] * 40 + [2.0] * 10


def measured() -> Measured:
    """What the activity answers."""
    return Measured.from_json(measure_quality(RUN.to_json()))


def scored(lake: MemoryLake, quality: dict[str, Any] | None = None) -> Planned:
    """A run of one chunk, scored by its second attempt; the first one failed."""
    planned = Planned(lake, quality=quality or {})
    for part in range(3):
        planned.scores(part, attempt=2)
        planned.note(part, attempt=1, mean=numbers(DRIFTED))
    upsert_scores(planned.order(2))
    return planned


def test_the_notes_of_the_scored_attempt_are_added_up(lake: MemoryLake) -> None:
    """One row per column, with the run's lineage; what the failed attempt noted does not count."""
    planned = scored(lake)
    for part in range(3):
        columns = {"score": numbers(AS_TRAINED, "output"), "odd": truths([True, False])}
        planned.note(part, attempt=2, mean=numbers([*AS_TRAINED, None]), **columns)
    found = measured()
    assert (found.columns, found.notes, found.notes_missing) == (3, 3, 0)
    assert (found.anomaly_share, found.warnings) == (0.5, ())
    assert found.worst_psi == pytest.approx(0, abs=1e-12)
    mean, odd, score = context().scores.quality_of(RUN.run_id)
    assert (mean.measure.column_name, mean.measure.rows, mean.measure.nulls) == ("mean", 303, 3)
    assert (odd.measure.share_true, odd.measure.expected_true) == (0.5, 0.05)
    assert score.measure.p99 == pytest.approx(2.0, rel=0.01)
    assert (mean.run_id, mean.revision, mean.span_to) == (RUN.run_id, 1, RUN.end)


def test_measuring_again_replaces_what_was_measured(lake: MemoryLake) -> None:
    """Also when there is less to measure than before."""
    planned = scored(lake)
    for part in range(3):
        planned.note(part, attempt=2, mean=numbers(AS_TRAINED), odd=truths([True]))
    first = measured()
    before = context().scores.quality_of(RUN.run_id)
    assert measured() == first
    again = context().scores.quality_of(RUN.run_id)
    assert [row.measure for row in again] == [row.measure for row in before]
    for part in range(3):
        planned.note(part, attempt=2, mean=numbers(AS_TRAINED))
    measured()
    assert len(context().scores.quality_of(RUN.run_id)) == 1


def test_a_model_without_notes_is_no_error(lake: MemoryLake) -> None:
    """It is said how many parts have none."""
    scored(lake)
    assert measured() == Measured(columns=0, notes=0, notes_missing=3)
    assert context().scores.quality_of(RUN.run_id) == []


def test_corrupt_notes_are_named_and_the_rest_is_measured(lake: MemoryLake) -> None:
    """Half a file, or bins that differ."""
    planned = scored(lake)
    planned.note(0, attempt=2, mean=numbers(AS_TRAINED))
    planned.note(1, attempt=2, mean=numbers([1.0], edges=(0.0,), expected=(0.5, 0.5)))
    lake.blobs[f"{planned.folder(2)}part-002.quality.json"] = b'{"schema_version": 1'
    found = measured()
    assert (found.notes, found.notes_missing) == (1, 0)
    [told] = found.warnings
    assert told.startswith("quality notes that cannot be used: 2; ")
    assert "part-001.quality.json: `mean` must have the bins" in told
    assert "part-002.quality.json" in told


def test_each_column_that_passed_a_threshold_is_an_event(
    lake: MemoryLake, caplog: pytest.LogCaptureFixture
) -> None:
    """With all that is to be said about it; rejected rows are the run's."""
    quality = {"nulls": "10%", "anomalies": "5%", "rejected": "1%"}
    planned = Planned(lake, parts=1, quality=quality)
    rows = planned.rows(0)
    planned.put("part-000.scores.parquet", [rows[0], rows[1] | {"rejected_reason": "unknown key"}])
    planned.note(0, mean=numbers([*DRIFTED, *[None] * 100]), odd=truths([True, False]))
    upsert_scores(planned.order())
    with caplog.at_level(logging.INFO, "windrow"):
        found = measured()
    assert (found.worst_column, len(found.warnings)) == ("mean", 4)
    events = [record for record in caplog.records if record.message == "quality_warning"]
    told = {getattr(event, "column", None): event.reason for event in events}  # type: ignore[attr-defined]
    assert told.keys() == {"mean", "odd", None}
    assert "PSI" in told["mean"] and "is missing in 25% of the rows" in told["mean"]
    assert told[None] == "50% of the rows are rejected, above 1%"


def test_a_chunk_that_was_scored_in_part_counts_with_what_it_has(lake: MemoryLake) -> None:
    """The notes of the parts that are there."""
    planned = Planned(lake)
    planned.scores(0, attempt=3)
    planned.note(0, attempt=3, mean=numbers(AS_TRAINED))
    with pytest.raises(PredictionsError):
        upsert_scores(planned.order(3))
    assert (measured().notes, measured().notes_missing) == (1, 0)
