"""Looks at the files of a source from outside: are the columns there, and which times do they hold.

A parquet file tells both in its footer, per row group; a text file only its header. Problems of all
files are told at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from adapters.lake import Lake, LakeFile
from adapters.source_files.footers import parquet_columns, parquet_pieces
from adapters.source_files.headers import csv_columns
from domain.errors import SourceError
from domain.pipeline import Pipeline
from domain.pipeline.source import LakeFiles
from domain.slices import ALWAYS_US, Piece
from domain.windows import to_us

AT_ONCE = 8
MOST_PROBLEMS = 20
BYTES_PER_TEXT_ROW = 40
"""A guess, only used to decide how many slices to cut."""

Found = tuple[LakeFile, datetime | None, datetime | None]


def file_format(path: str, source: LakeFiles) -> str:
    """`parquet` or `csv`. Raises SourceError for a file whose ending tells neither."""
    if source.format is not None:
        return source.format
    name = path.lower().removesuffix(".gz")
    if name.endswith((".parquet", ".pq")):
        return "parquet"
    if name.endswith((".csv", ".tsv", ".txt")):
        return "csv"
    raise SourceError(f"{path}: the ending tells no format; set `source.format` to parquet or csv")


def columns_of(lake: Lake, file: LakeFile, source: LakeFiles) -> list[str]:
    """The names of a file's columns. Raises SourceError for a file that cannot be read."""
    if file_format(file.path, source) == "parquet":
        return parquet_columns(lake, file)
    return csv_columns(lake, file, source.delimiter)


def inspect_files(lake: Lake, pipeline: Pipeline, files: Sequence[Found]) -> list[Piece]:
    """The pieces of all files. Raises SourceError that tells the problems of all files."""

    def look(found: Found) -> list[Piece] | str:
        try:
            return _pieces(lake, pipeline, found)
        except SourceError as error:
            return str(error)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        looks = list(pool.map(look, files))
    problems = [look for look in looks if isinstance(look, str)]
    if problems:
        shown = "".join(f"\n  {problem}" for problem in problems[:MOST_PROBLEMS])
        more = (
            f"\n  and {len(problems) - MOST_PROBLEMS} more" if len(problems) > MOST_PROBLEMS else ""
        )
        raise SourceError(f"the input does not fit pipeline {pipeline.name}:{shown}{more}")
    return [piece for look in looks if not isinstance(look, str) for piece in look]


def _pieces(lake: Lake, pipeline: Pipeline, found: Found) -> list[Piece]:
    file, begin, end = found
    source = pipeline.source
    assert isinstance(source, LakeFiles)  # noqa: S101 (only such sources have files)
    if file_format(file.path, source) == "parquet":
        return parquet_pieces(lake, file, pipeline)
    there = csv_columns(lake, file, source.delimiter)
    missing = [column for column in pipeline.source_columns if column not in there]
    if missing:
        raise SourceError(f"{file.path}: missing column {_names(missing)}; has {_names(there)}")
    first, last = ALWAYS_US
    if begin is not None and end is not None:
        first, last = to_us(begin), to_us(end)
    return [Piece(file.path, None, first, last, max(1, file.size // BYTES_PER_TEXT_ROW))]


def _names(columns: Sequence[str]) -> str:
    return ", ".join(repr(column) for column in columns)
