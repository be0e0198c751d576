"""Thresholds of a pipeline: which are passed, and what is said."""

from __future__ import annotations

import pytest

from domain.pipeline.quality import Quality
from domain.quality import ColumnMeasure, Gathered
from domain.quality_warnings import QualityWarning, judge, summary
from tests.domain.samples import pipeline


def column(name: str = "x", role: str = "feature", **more: float) -> ColumnMeasure:
    """A column of 1,000 rows without nulls."""
    kept = {"rows": 1000, "nulls": 0, **more}
    return ColumnMeasure(name, role, "v1", **kept)  # type: ignore[arg-type]


def judged(
    quality: Quality, *measures: ColumnMeasure, scored: int = 100, rejected: int = 0
) -> list[QualityWarning]:
    """The warnings about these columns."""
    return judge(Gathered(), measures, quality, rows_scored=scored, rows_rejected=rejected)


def test_drift_is_worth_a_warning_without_any_setting() -> None:
    """From what is commonly called major."""
    [found] = judged(Quality(), column(psi=0.26), column("y", psi=0.25), column("z"))
    assert found.column == "x"
    assert "PSI 0.26, above 0.25 (model v1)" in found.text


def test_the_drift_of_a_few_values_is_not_judged() -> None:
    """Chance alone makes the index of few values large."""
    few = column(psi=0.9, rows=300, nulls=101)
    assert judged(Quality(), few) == []
    assert len(judged(Quality(min_rows=199), few)) == 1
    assert judged(Quality(psi=None), column(psi=9.0)) == []


@pytest.mark.parametrize(
    ("quality", "measure", "told"),
    [
        ({"nulls": "10%"}, column(nulls=101), "`x` is missing in 10.1% of the rows, above 10%"),
        (
            {"anomalies": 0.05},
            column("odd", "output", share_true=0.06, expected_true=0.01),
            "`odd` is true in 6% of the rows, above 5%; 1% in the training data",
        ),
    ],
)
def test_shares_are_told_in_percent(quality: dict[str, object], measure: ColumnMeasure, told: str):
    """With the threshold that was passed; at the threshold nothing is said."""
    [found] = judged(Quality.model_validate(quality), measure)
    assert found.text.startswith(told)
    assert judged(Quality(nulls=0.1, anomalies=0.06), column(nulls=100)) == []


def test_rejected_rows_are_those_of_the_run() -> None:
    """A warning of no column."""
    quality = Quality.model_validate({"rejected": "1%"})
    [found] = judged(quality, scored=980, rejected=20)
    assert (found.column, found.text) == (None, "2% of the rows are rejected, above 1%")
    assert judged(quality, scored=99, rejected=1) == judged(quality, scored=0) == []


def test_a_column_may_have_thresholds_of_its_own() -> None:
    """What they leave out is as for all; also after the pipeline went through JSON."""
    own = pipeline(quality={"nulls": "1%", "columns": {"value_mean": {"psi": 0.5}}})
    quality = type(own).model_validate(own.model_dump(mode="json")).quality
    both = [column(name, psi=0.3, nulls=20) for name in ("value_mean", "events")]
    found = judged(quality, *both)
    assert sorted((w.column, w.text.split()[1]) for w in found) == [
        ("events", "has"),
        ("events", "is"),
        ("value_mean", "is"),
    ]


def test_the_gravest_warning_comes_first_and_the_summary_is_bounded() -> None:
    """Notes that cannot be used come before all: then the others may be wrong."""
    gathered = Gathered(notes=3, missing=2)
    gathered.refuse("scores/part-000.quality.json", "must be JSON" + "x" * 999)
    measures = [column(f"x{n:03d}", psi=0.3 + n / 100) for n in range(150)]
    measures.append(column("odd", "output", share_true=0.125))
    warnings = judge(gathered, measures, Quality(), rows_scored=1, rows_rejected=0)
    found = summary(gathered, measures, Quality(), warnings)
    assert found.warnings[0].startswith("quality notes that cannot be used: 1; scores/part-000")
    assert "`x149`" in found.warnings[1] and found.warnings[-1] == "and 131 more"
    assert (len(found.warnings), len(warnings)) == (21, 151)
    assert (found.columns, found.notes, found.notes_missing) == (151, 3, 2)
    assert (found.worst_column, found.anomaly_share) == ("x149", 0.125)
    assert found.worst_psi == pytest.approx(1.79)
    assert len(str(found.to_json())) < 8_000


def test_a_threshold_of_nothing_is_passed_by_anything() -> None:
    """0% allows none."""
    [found] = judged(Quality(nulls=0), column(nulls=1))
    assert found.text.startswith("`x` is missing in 0.1% of the rows, above 0%")
