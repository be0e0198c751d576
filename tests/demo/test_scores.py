"""Reading scores back from SQL, as the app has written them."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from demo.errors import DemoError
from demo.scores import read_scores
from tests.demo.builders import MIDNIGHT, fleet_pipeline

CREATE = """
CREATE TABLE fleet_health_scores (device TEXT, sensor TEXT, window_end TIMESTAMP, score FLOAT,
threshold FLOAT, is_anomaly BOOLEAN, run_id TEXT, revision INTEGER, scored_at TIMESTAMP)
"""
ROWS = [
    ("device-002", "heat", "2026-01-10 00:05:00.000000", 7.5, 6.0, 1, "r-1", 1),
    ("device-001", "heat", "2026-01-10 00:05:00.000000", 1.5, 6.0, 0, "r-1", 1),
    ("device-001", "heat", "2026-01-10 00:00:00.500000", None, None, None, "r-1", 1),
    ("device-001", "heat", "2026-01-10 00:10:00.000000", 9.0, 6.0, 1, "r-2", 1),
]
WRITTEN = "2026-01-11 02:00:00.250000"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder whose database holds the rows of two runs."""
    monkeypatch.delenv("SCORES_DB_URL", raising=False)
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'scores.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql(CREATE)
        for row in ROWS:
            connection.exec_driver_sql(
                "INSERT INTO fleet_health_scores VALUES (?,?,?,?,?,?,?,?,?)", (*row, WRITTEN)
            )
    engine.dispose()
    return tmp_path


def test_a_runs_rows_come_back_in_order(state: Path) -> None:
    """Only the run's own rows, by time and key, typed, with nulls where nothing is known."""
    scores = read_scores(fleet_pipeline(), ["r-1"], state)
    assert list(scores.columns) == [
        "device", "sensor", "window_end", "score", "threshold", "is_anomaly",
    ]  # fmt: skip
    assert scores["device"].tolist() == ["device-001", "device-001", "device-002"]
    assert scores["window_end"].iloc[1] == MIDNIGHT.replace(minute=5)
    assert scores["window_end"].iloc[0].microsecond == 500_000
    assert scores["score"].iloc[1:].tolist() == [1.5, 7.5]
    assert scores["score"].isna().iloc[0]
    assert scores["is_anomaly"].tolist() == [False, False, True]


def test_the_rows_of_several_runs_come_with_their_time(state: Path) -> None:
    """Whoever wants to know how long rows took gets the instant at which each was written."""
    scores = read_scores(fleet_pipeline(), ["r-1", "r-2"], state, with_time=True)
    assert len(scores) == 4
    written = scores["scored_at"].iloc[0]
    assert (written - MIDNIGHT).total_seconds() == 26 * 3600 + 0.25
    assert len(read_scores(fleet_pipeline(), [], state, with_time=True)) == 0


def test_without_a_table_there_are_no_rows(tmp_path: Path) -> None:
    """A run that failed early has left nothing to read."""
    scores = read_scores(fleet_pipeline(), ["r-1"], tmp_path)
    assert len(scores) == 0
    assert scores["is_anomaly"].dtype == bool


def test_the_setting_names_another_database(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SCORES_DB_URL counts here as it does in the app."""
    monkeypatch.setenv("SCORES_DB_URL", f"sqlite:///{state / 'scores.db'}")
    assert len(read_scores(fleet_pipeline(), ["r-2"], state / "elsewhere")) == 1


def test_a_database_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """The reason is told."""
    (tmp_path / "scores.db").write_text("this is no database, whatever its name says" * 10)
    with pytest.raises(DemoError, match="the scores cannot be read from SQL"):
        read_scores(fleet_pipeline(), ["r-1"], tmp_path)
