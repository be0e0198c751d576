"""What a parquet file's footer tells: columns, types, and the times of each row group."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.lake import Lake, LakeFile
from domain.durations import UNITS_US
from domain.errors import SourceError
from domain.pipeline import Pipeline
from domain.pipeline.source import Readings
from domain.slices import Piece
from domain.windows import to_us

UNKNOWN = (-(2**62), 2**62)


def parquet_pieces(lake: Lake, file: LakeFile, pipeline: Pipeline) -> list[Piece]:
    """A piece per row group. Raises SourceError for a missing column or one of a wrong type."""
    with lake.open_ranges(file) as ranges, pq.ParquetFile(ranges) as parquet:
        schema, metadata = parquet.schema_arrow, parquet.metadata
    problems = [*_missing(schema, pipeline), *_wrong_types(schema, pipeline)]
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


def _missing(schema: pa.Schema, pipeline: Pipeline) -> list[str]:
    wanted = [
        pipeline.source.timestamp,
        *pipeline.source.key.values(),
        *sorted(pipeline.numeric_columns | pipeline.text_columns | pipeline.counted_columns),
    ]
    missing = [name for name in dict.fromkeys(wanted) if name not in schema.names]
    has = ", ".join(map(repr, schema.names))
    return [f"missing column {', '.join(map(repr, missing))}; has {has}"] if missing else []


def _wrong_types(schema: pa.Schema, pipeline: Pipeline) -> list[str]:
    types = {f.name: _plain(f.type) for f in schema}
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
    if statistics is None or not statistics.has_min_max:
        return UNKNOWN
    first, last = _instant(statistics.min, source), _instant(statistics.max, source)
    if first is None or last is None:
        return UNKNOWN
    return first, last


def _instant(value: object, source: Readings) -> int | None:
    """The statistic in microseconds since 1970-01-01 UTC; None if it is no instant."""
    if source.timestamp_unit is not None:
        unit_us = UNITS_US[source.timestamp_unit]
        return int(value * unit_us) if isinstance(value, int | float) else None
    if isinstance(value, datetime):
        zone = UTC if source.time_zone == "UTC" else ZoneInfo(source.time_zone)
        return to_us(value if value.tzinfo else value.replace(tzinfo=zone))
    if isinstance(value, date):
        midnight = datetime(value.year, value.month, value.day, tzinfo=ZoneInfo(source.time_zone))
        return to_us(midnight)
    return None
