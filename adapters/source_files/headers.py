"""The columns of a CSV file, from its first line."""

from __future__ import annotations

import csv
import zlib

from adapters.lake import Lake, LakeFile
from domain.errors import SourceError

HEADER_BYTES = 64 * 1024


def csv_columns(lake: Lake, file: LakeFile, delimiter: str) -> list[str]:
    """The column names of the header. Raises SourceError if there is none that can be read."""
    head = lake.read_range(file.path, 0, HEADER_BYTES)
    return header_of(head, file.path, delimiter)


def header_of(head: bytes, path: str, delimiter: str) -> list[str]:
    """The column names in the first bytes of a (perhaps gzipped) CSV file."""
    try:
        if path.lower().endswith(".gz"):
            head = zlib.decompressobj(wbits=31).decompress(head, HEADER_BYTES)
        line = head.split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8-sig")
    except (zlib.error, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: the header must be text in UTF-8: {error}") from error
    columns = next(csv.reader([line], delimiter=delimiter), [])
    if not any(columns):
        raise SourceError(f"{path}: the first line must name the columns; it is empty")
    twice = sorted({c for c in columns if c and columns.count(c) > 1})
    if twice:
        raise SourceError(f"{path}: the header must not name a column twice: {twice}")
    return columns
