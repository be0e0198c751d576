"""Brings a slice's input into DuckDB as the relation `raw`.

Files are fetched with azure-storage-blob. Of a parquet file that a slice needs in part, only those
row groups and columns are fetched. `csv_files.py` reads text files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from adapters.aggregation.columns import FILE, OWNED, literal, quoted
from adapters.lake import Lake, LakeFile
from domain.errors import LakeError, SourceError
from domain.slices import Piece


@dataclass(frozen=True)
class LocalFile:
    """A file that was fetched: where it is here, where it was there, and who counts its rows."""

    local: Path
    path: str
    owned: bool


def fetch(
    lake: Lake, pieces: Sequence[Piece], *, owned: bool, columns: Sequence[str], folder: Path
) -> list[LocalFile]:
    """Fetches pieces into `folder`: whole files, or copies of some row groups."""
    by_path: dict[str, list[Piece]] = {}
    for piece in pieces:
        by_path.setdefault(piece.path, []).append(piece)
    found = []
    for number, (path, of_file) in enumerate(by_path.items()):
        # Only this ending means something to DuckDB; anything else in a name might be a pattern.
        ending = ".gz" if path.lower().endswith(".gz") else ""
        local = folder / f"{'owned' if owned else 'shared'}-{number:05d}{ending}"
        groups = [p.row_group for p in of_file if p.row_group is not None]
        if groups:
            _fetch_row_groups(lake, path, groups, columns, local)
        else:
            lake.download(path, local)
        found.append(LocalFile(local, path, owned))
    return found


def _fetch_row_groups(
    lake: Lake, path: str, groups: Sequence[int], columns: Sequence[str], target: Path
) -> None:
    file = next((f for f in lake.list(path) if f.path == path), None)
    if file is None:
        raise LakeError(f"{path}: is not there any more")
    with _readable(path), lake.open_ranges(LakeFile(path, file.size)) as ranges:
        parquet = pq.ParquetFile(ranges)
        if len(groups) == parquet.num_row_groups and file.size < 2 * _bytes_of(parquet, columns):
            lake.download(path, target)
            return
        schema = pa.schema([parquet.schema_arrow.field(name) for name in columns])
        with pq.ParquetWriter(target, schema, compression="lz4") as writer:
            for group in groups:
                writer.write_table(parquet.read_row_group(group, columns=list(columns)))


@contextmanager
def _readable(path: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, KeyError) as error:
        raise SourceError(f"{path}: not a readable parquet file: {error}") from error


def _bytes_of(parquet: pq.ParquetFile, columns: Sequence[str]) -> int:
    total = 0
    for number in range(parquet.num_row_groups):
        group = parquet.metadata.row_group(number)
        chunks = (group.column(i) for i in range(group.num_columns))
        total += sum(c.total_compressed_size for c in chunks if c.path_in_schema in columns)
    return total


def load_parquet(
    database: duckdb.DuckDBPyConnection, files: Sequence[LocalFile], columns: Sequence[str]
) -> None:
    """`raw` as a view over parquet files; columns of differing types get a common one."""
    names = [literal(str(file.local)) for file in files]
    _make_origins(database, files)
    selected = ", ".join(f"source.{quoted(column)}" for column in columns)
    database.execute(
        f"CREATE VIEW raw AS SELECT {selected}, origins.path AS {FILE}, origins.owned AS {OWNED} "
        f"FROM read_parquet([{', '.join(names)}], union_by_name=true, filename='windrow:local') "
        'AS source JOIN origins ON origins.local = source."windrow:local"'
    )


def load_batches(
    database: duckdb.DuckDBPyConnection,
    batches: Iterable[pa.RecordBatch],
    columns: Sequence[str],
    origin: str,
) -> None:
    """`raw` as a table of text, from record batches; streams, holding one batch at a time."""
    schema = pa.schema([(column, pa.string()) for column in columns])
    reader = pa.RecordBatchReader.from_batches(schema, batches)
    database.register("incoming", reader)
    database.execute(
        f"CREATE TABLE raw AS SELECT *, {literal(origin)} AS {FILE}, true AS {OWNED} FROM incoming"
    )
    database.unregister("incoming")


def _make_origins(database: duckdb.DuckDBPyConnection, files: Sequence[LocalFile]) -> None:
    database.execute("CREATE TABLE origins (local VARCHAR, path VARCHAR, owned BOOLEAN)")
    rows = [[str(file.local), file.path, file.owned] for file in files]
    if rows:
        database.executemany("INSERT INTO origins VALUES (?, ?, ?)", rows)
