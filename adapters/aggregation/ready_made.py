"""Windows that are ready-made: their rows are checked as events are, and taken as they stand.

`parsed` has a row for each, with its end as INSTANT, its start as START where the files tell it,
and the aggregates, by their names, as measures. What follows is what follows aggregation.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from adapters.aggregation.aggregates_sql import is_count
from adapters.aggregation.columns import (
    INSTANT,
    REASON,
    START,
    key_column,
    literal,
    measure_column,
    quoted,
)
from adapters.aggregation.parsing_sql import Pair, got, instant_of, parsed, types_of_raw
from adapters.aggregation.windows_sql import GOOD, Bounds
from adapters.lake import Lake, LakeFile
from adapters.source_files.inspect import columns_of
from domain.errors import LakeError
from domain.pipeline import Pipeline
from domain.pipeline.source import WindowsSource
from domain.pipeline.windows import GridWindows
from domain.slices import Piece

GIVEN_START = "window_start"
ANOTHER = "another row has the same key and window_end"


def columns_to_read(
    lake: Lake, pipeline: Pipeline, source: WindowsSource, pieces: Sequence[Piece]
) -> list[str]:
    """The source's columns; and the start of windows that end anywhere, if all files tell it."""
    columns = pipeline.source_columns
    if isinstance(pipeline.windows, GridWindows) or GIVEN_START in columns:
        return columns
    paths = dict.fromkeys(piece.path for piece in pieces)
    told = all(GIVEN_START in columns_of(lake, _file(lake, path), source) for path in paths)
    return [*columns, GIVEN_START] if told else columns


def _file(lake: Lake, path: str) -> LakeFile:
    file = next((file for file in lake.list(path) if file.path == path), None)
    if file is None:
        raise LakeError(f"{path}: is not there any more")
    return file


def make_parsed(database: duckdb.DuckDBPyConnection, pipeline: Pipeline, bounds: Bounds) -> None:
    """Makes the view `parsed` of the relation `raw`.

    Of rows with the same key and end that differ, the one with the smallest values is good.
    """
    types = types_of_raw(database)
    checked = parsed(pipeline, types, [(START, _start(pipeline, types))], _rules(pipeline, types))
    database.execute(f"CREATE VIEW checked AS {checked}")
    ends = [INSTANT, *(quoted(key_column(name)) for name in pipeline.keys)]
    values = [*(quoted(measure_column(name)) for name in pipeline.measures), START]
    columns = ", ".join([*ends, *values])
    database.execute(
        f"CREATE TABLE others AS SELECT * FROM "
        f"(SELECT DISTINCT {columns} FROM checked WHERE {GOOD} AND {bounds.own}) QUALIFY "
        f"row_number() OVER (PARTITION BY {', '.join(ends)} ORDER BY {', '.join(values)}) > 1"
    )
    same = [f"checked.{name} = others.{name}" for name in ends]
    same += [f"checked.{name} IS NOT DISTINCT FROM others.{name}" for name in values]
    another = f"CASE WHEN others.{INSTANT} IS NOT NULL THEN {literal(ANOTHER)} END"
    reason = f"coalesce({REASON}, {another})"
    database.execute(
        f"CREATE VIEW parsed AS SELECT checked.* REPLACE ({reason} AS {REASON}) "
        f"FROM checked LEFT JOIN others ON {' AND '.join(same)}"
    )


def windows(pipeline: Pipeline) -> str:
    """The windows that `events` are: as aggregation computes them, by key and time."""
    shape = pipeline.windows
    start = f"coalesce({START}, {INSTANT})"
    if isinstance(shape, GridWindows):
        start = f"{INSTANT} - {shape.size_us}"
    keys = [quoted(key_column(name)) for name in pipeline.keys]
    selected = [
        *(f"{quoted(key_column(name))} AS {quoted(name)}" for name in pipeline.keys),
        f"make_timestamptz({start}) AS window_start",
        f"make_timestamptz({INSTANT}) AS window_end",
    ]
    for name, aggregate in pipeline.aggregates.items():
        value, type_ = quoted(measure_column(name)), "BIGINT" if is_count(aggregate) else "DOUBLE"
        selected.append(f"CAST({value} AS {type_}) AS {quoted(name)}")
    return f"SELECT {', '.join(selected)} FROM events ORDER BY {', '.join([*keys, INSTANT])}"


def _start(pipeline: Pipeline, types: dict[str, str]) -> str:
    return (
        instant_of(pipeline.source, GIVEN_START, types)
        if GIVEN_START in types
        else "CAST(NULL AS BIGINT)"
    )


def _rules(pipeline: Pipeline, types: dict[str, str]) -> list[Pair]:
    rules = []
    for name, aggregate in pipeline.aggregates.items():
        number = quoted(measure_column(name))
        if is_count(aggregate):
            whole = f"TRY_CAST({number} AS BIGINT) IS NOT DISTINCT FROM {number}"
            rules.append((f"NOT ({whole})", got(f"`{name}` must be a whole number", quoted(name))))
    if GIVEN_START in types:
        stamp = quoted(GIVEN_START)
        rules += [
            (
                f"{stamp} IS NOT NULL AND {START} IS NULL",
                got("`window_start` must be an instant", stamp),
            ),
            (f"{START} > {INSTANT}", got("`window_start` must not be after the end", stamp)),
        ]
    return rules
