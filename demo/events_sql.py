"""A pipeline's events as one DuckDB query: instants in microseconds, keys as text, measures.

Only what the demo needs to train a model and to find the span of a file. What the run itself reads
is the app's business.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from domain.pipeline import Pipeline

MEMORY_LIMIT = "512MB"  # what does not fit goes to disk, so that ten times the events fit too
TEMP_FOLDER = Path(tempfile.gettempdir()) / "windrow-demo"
UNIT_US = {"s": 1_000_000, "ms": 1_000, "us": 1}


def connect(pipeline: Pipeline) -> duckdb.DuckDBPyConnection:
    """A connection that reads timestamps without a zone in the pipeline's own."""
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = {text(MEMORY_LIMIT)}")
    connection.execute(f"SET temp_directory = {text(str(TEMP_FOLDER))}")
    connection.execute(f"SET TimeZone = {text(pipeline.source.time_zone)}")
    return connection


def files_sql(pipeline: Pipeline, files: Sequence[Path]) -> str:
    """A table function that reads `files`, parquet or CSV by their endings."""
    paths = f"[{', '.join(text(str(file)) for file in files)}]"
    if files[0].suffix.lower() == ".parquet":
        return f"read_parquet({paths})"
    delimiter = getattr(pipeline.source, "delimiter", ",")
    return f"read_csv({paths}, header = true, delim = {text(delimiter)})"


def events_sql(pipeline: Pipeline, files: Sequence[Path]) -> str:
    """A query for the good events of `files`: `at_us`, keys by our names, measures by theirs.

    Events without a timestamp or a key are left out, and equal ones as the pipeline says.
    """
    source = pipeline.source
    columns = {"at_us": _instant(pipeline)}
    columns |= {ours: f"trim({name(theirs)}::VARCHAR)" for ours, theirs in source.key.items()}
    for column in sorted(pipeline.numeric_columns):
        number = f"TRY_CAST({name(column)} AS DOUBLE)"
        columns[column] = f"CASE WHEN isfinite({number}) THEN {number} END"
    columns |= {c: f"{name(c)}::VARCHAR" for c in sorted(pipeline.text_columns)}
    columns |= {c: name(c) for c in sorted(pipeline.counted_columns)}
    selected = ", ".join(f"{sql} AS {name(column)}" for column, sql in columns.items())
    distinct = "DISTINCT" if source.duplicates == "drop" else ""
    good = " AND ".join(f"{name(key)} != ''" for key in pipeline.keys)
    return (
        f"SELECT * FROM (SELECT {distinct} {selected} FROM {files_sql(pipeline, files)}) "
        f"WHERE at_us IS NOT NULL AND {good}"
    )


def name(column: str) -> str:
    """A column's name, quoted for SQL."""
    return '"' + column.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text, quoted for SQL."""
    return "'" + value.replace("'", "''") + "'"


def _instant(pipeline: Pipeline) -> str:
    column = name(pipeline.source.timestamp)
    unit = pipeline.source.timestamp_unit
    if unit is not None:
        return f"CAST(round({column} * {UNIT_US[unit]}) AS BIGINT)"
    return f"epoch_us(TRY_CAST({column} AS TIMESTAMPTZ))"
