"""The T-SQL that Azure SQL is given."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.dialects import mssql
from sqlalchemy.sql.elements import ClauseElement

from adapters.scores_db.ledger import locked
from adapters.scores_db.ledger_tables import RUNS
from adapters.scores_db.schema import main, schema_sql
from adapters.scores_db.score_tables import score_tables
from adapters.scores_db.statements import (
    elsewhere_statement,
    insert_statement,
    look_statement,
    repeated_statement,
    update_statement,
)
from adapters.scores_db.vanished import count, remove
from adapters.scores_db.work import Work
from tests.adapters.scores_db.samples import AT, sample_order, sample_pipeline

LOCK = "WITH (UPDLOCK, HOLDLOCK)"


@pytest.fixture
def work() -> Work:
    """A chunk on its way into a table with one key and one output column."""
    pipeline = sample_pipeline({"score": "float"}, ("device",), "t")
    return Work(pipeline, sample_order(), score_tables(pipeline), "0" * 32)


def tsql(statement: ClauseElement) -> str:
    """The statement in SQL Server's dialect, on one line."""
    compiled = str(statement.compile(dialect=mssql.dialect()))
    return re.sub(r":[a-z_]+\d*\b", "?", " ".join(compiled.split()))


def test_the_score_table_in_tsql() -> None:
    """Keys compare by their bits, instants have microseconds, floats 53 bits, ? means null."""
    sql = schema_sql([sample_pipeline()])
    start = sql.index("CREATE TABLE fleet_scores (")
    lines = [line.strip(" ,") for line in sql[start:].split(");", 1)[0].splitlines()]
    assert lines[1:13] == [
        "device NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL",
        "sensor NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL",
        "window_end DATETIME2(6) NOT NULL",
        "score FLOAT(53) NOT NULL",
        "label NVARCHAR(400) NULL",
        "hits BIGINT NULL",
        "odd BIT NOT NULL",
        "run_id NVARCHAR(120) COLLATE Latin1_General_100_BIN2 NOT NULL",
        "revision INTEGER NOT NULL",
        "chunk INTEGER NOT NULL",
        "model_version NVARCHAR(200) NULL",
        "scored_at DATETIME2(6) NOT NULL",
    ]
    assert lines[13] == "PRIMARY KEY CLUSTERED (device, sensor, window_end)"


def test_every_table_is_created_only_if_missing() -> None:
    """The script can be run again: each statement stands behind a question."""
    sql = schema_sql([sample_pipeline()])
    tables = re.findall(r"CREATE TABLE (\w+)", sql)
    assert tables == [
        *("dead_letters", "jobs", "quality", "rejected_rows", "runs"),
        *("fleet_scores", "fleet_scores__staging"),
    ]
    for table in tables:
        assert f"IF OBJECT_ID(N'{table}', N'U') IS NULL\nBEGIN\nCREATE TABLE {table} (" in sql
    assert sql.count("BEGIN\n") == sql.count("\nEND;") == len(tables)
    assert "NTEXT" not in sql


@pytest.mark.parametrize(("keys", "clustered"), [(2, True), (3, False), (4, False)])
def test_wide_keys_fit_sql_servers_limits(keys: int, clustered: bool) -> None:
    """More than two keys exceed the 900 bytes of a clustered key; 1,700 are allowed otherwise."""
    sql = schema_sql([sample_pipeline({"score": "float"}, [f"k{n}" for n in range(keys)])])
    kind = "CLUSTERED" if clustered else "NONCLUSTERED"
    assert sql.count(f"PRIMARY KEY {kind} (") == 2
    assert 2 * 32 + keys * 2 * 200 + 8 + 8 <= (900 if clustered else 1700)
    assert ("CREATE CLUSTERED INDEX ix_fleet_scores__staging" in sql) is not clustered
    assert ("CREATE CLUSTERED INDEX ix_fleet_scores_window_end" in sql) is not clustered


def test_names_are_quoted_where_they_must_be() -> None:
    """A reserved word may be a table or a column."""
    sql = schema_sql([sample_pipeline({"select": "float"}, ("group",), "order")])
    assert "IF OBJECT_ID(N'[order]', N'U') IS NULL" in sql
    assert "[group] NVARCHAR(200)" in sql
    assert "[select] FLOAT(53) NOT NULL" in sql


def test_looking_locks_rows_and_gaps(work: Work) -> None:
    """What is there, and what is not, stays so until the commit."""
    assert tsql(look_statement(work)) == (
        "SELECT t.run_id, t.chunk, t.revision, count(*) AS count_1 "
        f"FROM t__staging JOIN t {LOCK} "
        "ON t__staging.device = t.device AND t__staging.window_end = t.window_end "
        "WHERE t__staging.batch_id = ? GROUP BY t.run_id, t.chunk, t.revision"
    )


def test_updating_leaves_newer_rows(work: Work) -> None:
    """One statement replaces all rows of the same or an older revision."""
    assert tsql(update_statement(work, AT)) == (
        "UPDATE t SET score=t__staging.score, run_id=?, revision=?, chunk=?, "
        "model_version=t__staging.model_version, scored_at=? FROM t, t__staging "
        "WHERE t__staging.batch_id = ? AND t__staging.device = t.device "
        "AND t__staging.window_end = t.window_end AND t.revision <= ?"
    )


def test_inserting_adds_what_is_not_there(work: Work) -> None:
    """One statement adds all rows that have no row of their key and window_end."""
    assert tsql(insert_statement(work, AT)) == (
        "INSERT INTO t (device, window_end, score, model_version, run_id, revision, chunk, "
        "scored_at) SELECT t__staging.device, t__staging.window_end, t__staging.score, "
        "t__staging.model_version, ? AS run_id, ? AS revision, ? AS chunk, ? AS scored_at "
        "FROM t__staging WHERE t__staging.batch_id = ? AND NOT (EXISTS (SELECT 1 "
        f"FROM t {LOCK} WHERE t__staging.device = t.device "
        "AND t__staging.window_end = t.window_end))"
    )


def test_vanished_rows_are_locked_then_deleted(work: Work) -> None:
    """What was counted, and the gaps between, stays so until it is deleted by the same rule."""
    rule = "WHERE t.window_end > ? AND t.window_end <= ? AND t.run_id != ? AND t.revision < ?"
    target, run = work.tables.target, work.order.run
    assert tsql(count(target, run)) == (
        "SELECT t.run_id, t.chunk, count(*) AS count_1 "
        f"FROM t {LOCK} {rule} GROUP BY t.run_id, t.chunk"
    )
    assert tsql(remove(target, run)) == f"DELETE FROM t {rule}"


def test_runs_are_found_by_their_span() -> None:
    """Streaming asks for the last revision of a span again and again: an index answers."""
    sql = schema_sql([])
    index = "CREATE INDEX ix_runs_span ON runs (pipeline, span_to, span_from, revision);"
    assert sql.count(index) == 1


def test_rejecting_staged_rows_takes_a_slice(work: Work) -> None:
    """Repeated rows, and those of another chunk, are found in the staging table."""
    repeated = tsql(repeated_statement(work).limit(10))
    assert repeated.startswith(
        "SELECT TOP __[POSTCOMPILE_param_1] t__staging.row_number, t__staging.device"
    )
    assert "AS earlier" in repeated
    elsewhere = tsql(elsewhere_statement(work))
    assert "t.run_id = ? AND t.chunk != ?" in elsewhere


def test_a_run_is_read_under_a_lock() -> None:
    """Two writers of the same run follow each other, also when there is no row yet."""
    assert f"FROM runs {LOCK}" in tsql(locked(RUNS.select(), RUNS))


def test_the_command_prints_the_schema_of_all_pipelines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It needs no database and no settings but the folder of the pipelines."""
    main()
    printed = capsys.readouterr()
    assert "CREATE TABLE fleet_health_scores (" in printed.out
    assert printed.err == ""
