"""The tables of the ledger, which all pipelines share: runs, jobs, what did not get through, and
what the data looked like."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Unicode,
)

from adapters.scores_db.types import RUN_ID_LENGTH, UtcDateTime, exact_text, long_text
from domain.quality_notes import NAME_LENGTH, VERSION_LENGTH

LEDGER = MetaData()

RUNS = Table(
    "runs",
    LEDGER,
    Column("run_id", exact_text(RUN_ID_LENGTH), primary_key=True),
    Column("pipeline", exact_text(63), nullable=False),
    Column("span_from", UtcDateTime, nullable=False),
    Column("span_to", UtcDateTime, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("trigger_kind", Unicode(63)),
    Column("input", long_text()),
    Column("status", Unicode(30), nullable=False),
    Column("stage", Unicode(30), nullable=False),
    Column("counts", long_text(), nullable=False),
    Column("seconds", long_text(), nullable=False),
    Column("facts", long_text()),
    Column("error", long_text()),
    Column("reconciled", Boolean),
    Column("cancel_requested_at", UtcDateTime),
    Column("started_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_runs_pipeline", "pipeline", "started_at"),
    Index("ix_runs_span", "pipeline", "span_to", "span_from", "revision"),
)

JOBS = Table(
    "jobs",
    LEDGER,
    Column("run_id", exact_text(RUN_ID_LENGTH), primary_key=True),
    Column("chunk", Integer, primary_key=True, autoincrement=False),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("segment", Integer, nullable=False),
    Column("job_name", exact_text(255), nullable=False),
    Column("status", Unicode(30), nullable=False),
    Column("reason", long_text()),
    Column("rows", BigInteger),
    Column("instances", Integer),
    Column("rows_scored", BigInteger, nullable=False, default=0),
    Column("rows_rejected", BigInteger, nullable=False, default=0),
    Column("rows_superseded", BigInteger, nullable=False, default=0),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("running_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("scored_at", UtcDateTime),
)

DEAD_LETTERS = Table(
    "dead_letters",
    LEDGER,
    Column("run_id", exact_text(RUN_ID_LENGTH), primary_key=True),
    Column("chunk", Integer, primary_key=True, autoincrement=False),
    Column("pipeline", exact_text(63), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("reason", long_text(), nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
)

REJECTED_ROWS = Table(
    "rejected_rows",
    LEDGER,
    Column("run_id", exact_text(RUN_ID_LENGTH), primary_key=True),
    Column("chunk", Integer, primary_key=True, autoincrement=False),
    Column("row_number", BigInteger, primary_key=True, autoincrement=False),
    Column("pipeline", exact_text(63), nullable=False),
    Column("key_values", long_text(), nullable=False),
    Column("window_end", UtcDateTime),
    Column("kind", Unicode(30)),
    Column("reason", long_text(), nullable=False),
)

QUALITY = Table(
    "quality",
    LEDGER,
    Column("run_id", exact_text(RUN_ID_LENGTH), primary_key=True),
    Column("column_name", exact_text(NAME_LENGTH), primary_key=True),
    Column("model_version", exact_text(VERSION_LENGTH), primary_key=True),
    Column("pipeline", exact_text(63), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("span_from", UtcDateTime, nullable=False),
    Column("span_to", UtcDateTime, nullable=False),
    Column("role", Unicode(30), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("nulls", BigInteger, nullable=False),
    Column("minimum", Float(53)),
    Column("maximum", Float(53)),
    Column("mean", Float(53)),
    Column("psi", Float(53)),
    Column("share_true", Float(53)),
    Column("expected_true", Float(53)),
    Column("p50", Float(53)),
    Column("p90", Float(53)),
    Column("p99", Float(53)),
    Column("measured_at", UtcDateTime, nullable=False),
    Index("ix_quality_pipeline", "pipeline", "column_name", "span_to", "revision"),
)
