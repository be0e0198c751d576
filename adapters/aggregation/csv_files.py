"""Brings CSV files into DuckDB as the relation `raw`; rows that cannot be read go into `unread`.

A quote that is opened and never closed would take every row after it along. So the line that opens
it is taken out, and the file is read again. Each reading at least halves the number of such quotes.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO

import duckdb

from adapters.aggregation.columns import FILE, OWNED, literal, quoted
from adapters.aggregation.reading import LocalFile
from adapters.source_files.headers import HEADER_BYTES, header_of
from domain.errors import SourceError

MOST_READINGS = 20
SHOWN_CHARACTERS = 10_000
"""DuckDB cuts the text of a row that it rejects here."""

READ_CSV = (
    "read_csv({file}, columns={columns}, auto_detect=false, header=true, delim={delimiter}, "
    "quote='\"', escape='\"', strict_mode=true, max_line_size=8388608, "
    "store_rejects=true, rejects_table='rejected', rejects_scan='rejected_scans')"
)
RUNAWAY = (
    "contains(ltrim(csv_line, chr(13) || chr(10)), chr(10)) "
    "AND (error_type IN ('UNQUOTED VALUE', 'LINE SIZE OVER MAXIMUM') "
    f"OR length(csv_line) >= {SHOWN_CHARACTERS})"
)


def load_csv(
    database: duckdb.DuckDBPyConnection,
    files: Sequence[LocalFile],
    columns: Sequence[str],
    delimiter: str,
) -> None:
    """Makes `raw`, a table of text, from files whose columns may be in any order.

    Raises SourceError for a file that cannot be read as CSV at all.
    """
    texts = ", ".join(f"{quoted(column)} VARCHAR" for column in columns)
    database.execute(f"CREATE TABLE raw ({texts}, {FILE} VARCHAR, {OWNED} BOOLEAN)")
    database.execute('CREATE TABLE unread (reason VARCHAR, "file" VARCHAR, row VARCHAR)')
    for file in files:
        _load(database, file, columns, delimiter)


def _load(
    database: duckdb.DuckDBPyConnection, file: LocalFile, columns: Sequence[str], delimiter: str
) -> None:
    with file.local.open("rb") as opened:
        header = header_of(opened.read(HEADER_BYTES), file.path, delimiter)
    # By position: names may be blank, or differ in case only, which DuckDB does not take.
    types = ", ".join(f"c{place}: 'VARCHAR'" for place in range(len(header)))
    selected = ", ".join(f"c{header.index(column)}" for column in columns)
    local = file.local
    taken_out: list[str] = []
    for number in range(MOST_READINGS):
        scan = READ_CSV.format(
            file=literal(str(local)), columns=f"{{{types}}}", delimiter=literal(delimiter)
        )
        database.execute("BEGIN")
        try:
            database.execute(
                f"INSERT INTO raw SELECT {selected}, {literal(file.path)}, {file.owned} FROM {scan}"
            )
        except duckdb.Error as error:
            told = str(error).splitlines()[0].replace(str(local), file.path)
            hint = " (do all its lines end alike?)" if "state machine" in told else ""
            raise SourceError(f"{file.path}: not readable as CSV: {told}{hint}") from error
        runaways = _runaways(database)
        if not runaways:
            _note(database, file, taken_out)
            database.execute("COMMIT")
            return
        database.execute("ROLLBACK")
        rest = file.local.with_name(f"{file.local.name}-rest-{number}")
        taken_out += _copy_without(runaways, local, rest)
        if local != file.local:
            local.unlink()
        local = rest
    raise SourceError(
        f"{file.path}: quotes are opened and not closed in more than {MOST_READINGS} places, so "
        f"its rows cannot be told apart; the first is {taken_out[0][:100]!r}"
    )


def _runaways(database: duckdb.DuckDBPyConnection) -> list[int]:
    """Where rows begin that took more lines along, in bytes."""
    rows = database.execute(
        f"SELECT DISTINCT line_byte_position - 1 FROM rejected WHERE {RUNAWAY} ORDER BY 1"
    )
    return [int(position) for (position,) in rows.fetchall()]


def _note(database: duckdb.DuckDBPyConnection, file: LocalFile, taken_out: Sequence[str]) -> None:
    """Moves what was rejected into `unread`, if this slice counts it."""
    if file.owned:
        database.execute(
            "INSERT INTO unread SELECT 'unreadable row: ' || lower(CAST(error_type AS VARCHAR)), "
            f"{literal(file.path)}, CAST(to_json({{'line': csv_line}}) AS VARCHAR) FROM rejected "
            "QUALIFY row_number() OVER (PARTITION BY line_byte_position) = 1"
        )
        for line in taken_out:
            database.execute(
                "INSERT INTO unread VALUES ('unreadable row: a quote is opened and not closed', "
                "?, CAST(to_json({'line': ?}) AS VARCHAR))",
                [file.path, line],
            )
    database.execute("DROP TABLE rejected")
    database.execute("DROP TABLE rejected_scans")


def _copy_without(starts: Sequence[int], source: Path, target: Path) -> list[str]:
    """Copies a file without the lines that begin at `starts`; answers these lines."""
    lines = []
    with _open(source) as reader, target.open("wb") as writer:
        at = 0
        for start in starts:
            _copy(reader, writer, start - at)
            # After a row that was rejected, DuckDB starts the next one at the end of its line.
            while not (line := reader.readline()).strip(b"\r\n") and line:
                writer.write(line)
            lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))
            at = reader.tell()
        shutil.copyfileobj(reader, writer)
    return lines


def _open(path: Path) -> BufferedIOBase:
    return gzip.open(path) if path.name.endswith(".gz") else path.open("rb")


def _copy(reader: BufferedIOBase, writer: BinaryIO, length: int) -> None:
    while length > 0:
        block = reader.read(min(length, 1024 * 1024))
        if not block:
            return
        writer.write(block)
        length -= len(block)
