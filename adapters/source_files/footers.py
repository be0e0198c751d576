"""What a parquet file's footer tells: columns, types, and the times of each row group."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.lake import Lake, LakeFile
from domain.durations import UNITS_US
from domain.errors import SourceError, first_line
from domain.pipeline import Pipeline
from domain.pipeline.source import Readings
from domain.slices import ALWAYS_US, Piece
from domain.windows import to_us


def parquet_pieces(lake: Lake, file: LakeFile, pipeline: Pipeline) -> list[Piece]:
    """A piece per row group.

    Raises SourceError for a file that is no parquet, for a missing column, or one of a wrong type.
    """
    schema, metadata = _footer(lake, file)
    problems = [*_missing(schema, pipeline), *_alike(schema, pipeline)]
    if metadata.num_rows:
        problems += _wrong_types(schema, pipeline)
    if problems:
        raise SourceError(f"{file.path}: {'; '.join(problems)}")
    column = _leaf_index(metadata, pipeline.source.timestamp)
    pieces = []
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        if group.num_rows:
            first, last = _times(group.column(column).statistics, pipeline.source)
            pieces.append(Piece(file.path, number, first, last, group.num_rows))
    return pieces


def parquet_columns(lake: Lake, file: LakeFile) -> list[str]:
    """The names of a file's columns. Raises SourceError for a file that is no parquet."""
    schema, _ = _footer(lake, file)
    return list(schema.names)


def _footer(lake: Lake, file: LakeFile) -> tuple[pa.Schema, Any]:
    try:
        with lake.open_ranges(file) as ranges, pq.ParquetFile(ranges) as parquet:
            return parquet.schema_arrow, parquet.metadata
    except (pa.ArrowException, OSError) as error:
        told = first_line(error)
        raise SourceError(f"{file.path}: not a readable parquet file: {told}") from error


def _missing(schema: pa.Schema, pipeline: Pipeline) -> list[str]:
    missing = [name for name in pipeline.source_columns if name not in schema.names]
    has = ", ".join(map(repr, schema.names))
    return [f"missing column {', '.join(map(repr, missing))}; has {has}"] if missing else []


def _alike(schema: pa.Schema, pipeline: Pipeline) -> list[str]:
    """DuckDB does not tell columns apart that differ in case only: it would read either."""
    found = []
    for name in pipeline.source_columns:
        alike = [other for other in schema.names if other.lower() == name.lower()]
        if len(alike) > 1:
            found.append(f"columns must differ in more than case: {', '.join(map(repr, alike))}")
    return list(dict.fromkeys(found))


def _wrong_types(schema: pa.Schema, pipeline: Pipeline) -> list[str]:
    # A column that holds nothing at all has no type; pandas writes such.
    types = {f.name: _plain(f.type) for f in schema if not pa.types.is_null(f.type)}
    numeric = [n for n in sorted(pipeline.numeric_columns) if n in types]
    textual = [n for n in (*pipeline.source.key.values(), *pipeline.text_columns) if n in types]
    return [
        *_wrong_timestamp(types, pipeline.source),
        *(
            f"column {name!r} must be a number or text; is {types[name]}"
            for name in numeric
            if not (_is_number(types[name]) or _is_text(types[name]))
        ),
        *(
            f"column {name!r} must be text or a number; is {types[name]}"
            for name in textual
            if pa.types.is_nested(types[name])
        ),
    ]


def _wrong_timestamp(types: dict[str, pa.DataType], source: Readings) -> list[str]:
    stamp = types.get(source.timestamp)
    if stamp is None or _is_text(stamp):
        return []
    numeric = source.timestamp_unit is not None
    if _is_number(stamp) if numeric else pa.types.is_timestamp(stamp) or pa.types.is_date(stamp):
        return []
    wanted = "a number" if numeric else "a timestamp or text (or set `timestamp_unit`)"
    return [f"timestamp column {source.timestamp!r} must be {wanted}; is {stamp}"]


def _plain(type_: pa.DataType) -> pa.DataType:
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def _is_number(type_: pa.DataType) -> bool:
    tests = (
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_decimal,
        pa.types.is_boolean,
    )
    return any(test(type_) for test in tests)


def _leaf_index(metadata: Any, name: str) -> int:
    """Parquet counts leaf columns; those of nested columns come in between."""
    paths = [metadata.schema.column(i).path for i in range(metadata.num_columns)]
    return paths.index(name)


def _times(statistics: Any, source: Readings) -> tuple[int, int]:
    """The first and last instant that a row group may hold; wider where that is not exact."""
    if statistics is None or not statistics.has_min_max:
        return ALWAYS_US
    try:
        first, last = _extent(statistics.min, source), _extent(statistics.max, source)
    except (OverflowError, ValueError):  # a year, or a number, that is no instant
        return ALWAYS_US
    if first is None or last is None:
        return ALWAYS_US
    return first[0], last[1]


def _extent(value: object, source: Readings) -> tuple[int, int] | None:
    """The microseconds since 1970-01-01 UTC that a statistic may mean; None if it is no instant."""
    if source.timestamp_unit is not None:
        return _extent_of_number(value, UNITS_US[source.timestamp_unit])
    if isinstance(value, datetime):
        # Nanoseconds: events are rounded to the next microsecond, which may be the later one.
        finer = 1 if getattr(value, "nanosecond", 0) else 0
        if value.tzinfo is not None:
            return to_us(value), to_us(value) + finer
        first, last = _extent_of_local(value, source.time_zone)
        return first, last + finer
    if isinstance(value, date):
        return _extent_of_local(datetime(value.year, value.month, value.day), source.time_zone)  # noqa: DTZ001 (local on purpose)
    return None


def _extent_of_number(value: object, unit_us: int) -> tuple[int, int] | None:
    if isinstance(value, int):
        return value * unit_us, value * unit_us
    if isinstance(value, float):
        # A float's last digits are rounded differently here and in SQL.
        return math.floor(value * unit_us) - 1, math.ceil(value * unit_us) + 1
    return None


def _extent_of_local(value: datetime, time_zone: str) -> tuple[int, int]:
    """Where clocks change, the order of local times is not the order of instants."""
    if time_zone == "UTC":
        exact = to_us(value.replace(tzinfo=UTC))
        return exact, exact
    zone, day = ZoneInfo(time_zone), timedelta(days=1)
    around = (value - day, value, value + day)
    offsets = [to_us(v.replace(tzinfo=UTC)) - to_us(v.replace(tzinfo=zone)) for v in around]
    exact = to_us(value.replace(tzinfo=UTC))
    return exact - max(offsets), exact - min(offsets)
