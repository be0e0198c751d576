"""Creating tables and checking those that are there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import inspect, text

from adapters.scores_db import ScoresDb
from adapters.scores_db.ledger_tables import LEDGER
from adapters.scores_db.score_tables import score_tables
from domain.errors import ScoresDbError
from domain.pipeline import Pipeline
from domain.pipeline.base import RESERVED
from domain.pipeline.output import LEDGER_TABLES
from tests.adapters.scores_db.samples import COLUMNS, sample_pipeline


def test_tables_are_created_on_first_use(db: ScoresDb, pipeline: Pipeline) -> None:
    """The ledger, the score table and its staging table appear."""
    db.ensure_tables(pipeline)
    assert set(inspect(db._engine).get_table_names()) == {
        *("runs", "jobs", "dead_letters", "rejected_rows", "quality"),
        *("fleet_scores", "fleet_scores__staging"),
    }


def test_the_ledger_creates_itself(db: ScoresDb) -> None:
    """Asking an empty database for its runs is not an error."""
    assert db.list_runs() == []


def test_tables_that_are_right_are_left_alone(
    url: str, open_db: Callable[[str], ScoresDb], pipeline: Pipeline
) -> None:
    """A process that finds the tables of another accepts them."""
    open_db(url).ensure_tables(pipeline)
    another = open_db(f"{url}?timeout=5")  # another URL, so nothing is known about its tables
    another.ensure_tables(pipeline)
    another.ensure_tables(pipeline)


def _other_shape(columns: dict[str, str], keys: tuple[str, ...] = ("device", "sensor")) -> Pipeline:
    return sample_pipeline(columns, keys)


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (_other_shape({**COLUMNS, "extra": "float"}), "extra is missing"),
        (_other_shape({k: v for k, v in COLUMNS.items() if k != "hits"}), "hits is not expected"),
        (_other_shape({**COLUMNS, "score": "string"}), "score must be text; it is float"),
        (_other_shape({**COLUMNS, "sensor": "string"}, ("device",)), "the primary key must be"),
    ],
)
def test_a_table_of_another_shape_is_refused(
    url: str, open_db: Callable[[str], ScoresDb], pipeline: Pipeline, other: Pipeline, problem: str
) -> None:
    """The error names the table and each column that does not fit."""
    open_db(url).ensure_tables(pipeline)
    with pytest.raises(ScoresDbError) as raised:
        open_db(url).ensure_tables(other)
    assert "table fleet_scores exists" in str(raised.value)
    assert problem in str(raised.value)


def test_a_ledger_of_an_older_version_gets_the_new_columns(
    url: str, open_db: Callable[[str], ScoresDb]
) -> None:
    """What was added since may be null; rows that are there are kept, and read."""
    older = open_db(url)
    older.list_runs()
    with older._engine.begin() as connection:
        connection.execute(text("ALTER TABLE runs DROP COLUMN facts"))
        connection.execute(
            text(
                "INSERT INTO runs (run_id, pipeline, span_from, span_to, revision, status, stage, "
                "counts, seconds, started_at, updated_at) VALUES ('r', 'p', '2026-01-01 00:00:00', "
                "'2026-01-02 00:00:00', 1, 'Completed', 'ended', '{}', '{}', "
                "'2026-01-02 00:00:00', '2026-01-02 00:00:00')"
            )
        )
    (run,) = open_db(f"{url}?timeout=5").list_runs()
    assert (run.run_id, run.facts) == ("r", {})


def test_a_ledger_of_another_shape_is_refused(db: ScoresDb) -> None:
    """Somebody else's table with the name of ours is not written to."""
    with db._engine.begin() as connection:
        connection.execute(text("CREATE TABLE runs (id INTEGER PRIMARY KEY)"))
    with pytest.raises(ScoresDbError, match=r"table runs exists.*run_id is missing"):
        db.list_runs()


def test_the_rules_of_pipelines_know_our_tables_and_columns(pipeline: Pipeline) -> None:
    """A pipeline file cannot take the name of a ledger table, nor of a column that we add."""
    tables = score_tables(pipeline)
    theirs = {*pipeline.keys, *pipeline.output.columns}
    ours = {c.name for t in (tables.target, tables.staging) for c in t.columns} - theirs
    assert ours <= RESERVED
    assert set(LEDGER.tables) == LEDGER_TABLES
