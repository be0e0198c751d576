"""Windows to learn from: parquet files of any number and order, read a range of keys at a time.

A first pass over the key columns alone counts the windows of each key; after that, a range of keys
that are neighbours is read from the files that hold some of it. So memory is bounded by the range,
not by the windows. It is fast if files are sorted by key, as parts are: each is read about once. A
file in another order is read once per range, and only the range is kept of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from batch.errors import TrainingError

WINDOW_END = "window_end"
INSTANT = pa.timestamp("us", "UTC")
RANGE_KEYS, RANGE_ROWS = 128, 400_000

Key = tuple[str, ...]


@dataclass(frozen=True)
class KeyRange:
    """Neighbours in the order of keys, both ends included, and how many windows they have."""

    first: Key
    last: Key
    keys: int
    rows: int


@dataclass(frozen=True)
class WindowReader:
    """Reads ranges of keys; small, so that it can be sent to other processes.

    `files` are paths with the first and the last key that each holds.
    """

    files: tuple[tuple[Path, Key, Key], ...]
    keys: tuple[str, ...]
    features: tuple[str, ...]

    def read(self, wanted: KeyRange) -> pd.DataFrame:
        """The windows of a range: keys (str), window_end (UTC), the features (float64, NaN = none).

        They are sorted by key, window_end and features, whatever the order in the files.
        """
        tables = [
            self._read_file(path, wanted)
            for path, first, last in self.files
            if first <= wanted.last and wanted.first <= last
        ]
        frame: pd.DataFrame = pa.concat_tables(tables).to_pandas()
        texts = [pd.factorize(frame[key], sort=True)[0] for key in reversed(self.keys)]
        columns = [frame[WINDOW_END].to_numpy(dtype="datetime64[us]"), *texts]
        order = np.lexsort(columns)
        same = np.logical_and.reduce([c[order][1:] == c[order][:-1] for c in columns])
        if same.any():  # a window twice: rare, but the features make even their order certain
            values = [frame[name].to_numpy() for name in reversed(self.features)]
            order = np.lexsort((*values, *columns))
        ordered: pd.DataFrame = frame.take(order).reset_index(drop=True)
        return ordered

    def _read_file(self, path: Path, wanted: KeyRange) -> pa.Table:
        dataset = ds.dataset(path, format="parquet")
        texts = [_text(dataset.schema, key) for key in self.keys]
        columns = {key: text.cast(pa.string()) for key, text in zip(self.keys, texts, strict=True)}
        columns[WINDOW_END] = ds.field(WINDOW_END).cast(INSTANT)
        columns |= {name: ds.field(name).cast(pa.float64()) for name in self.features}
        inside = _not_below(texts, wanted.first) & _not_above(texts, wanted.last)
        table: pa.Table = dataset.to_table(columns=columns, filter=inside)
        return table.replace_schema_metadata()


class TrainingWindows:
    """All windows to learn from, and which keys they have.

    `keys` has one row for each key, sorted: the key columns (str) and `windows`, their number.
    """

    def __init__(
        self, sources: Sequence[Path], keys: Sequence[str], features: Sequence[str]
    ) -> None:
        """Looks into the parquet files in `sources`: files, or folders of them at any depth.

        Raises TrainingError if there are none, or they lack columns or have them in a wrong type.
        """
        paths = list(_paths(sources))
        if not paths:
            raise TrainingError(f"no parquet file in {', '.join(map(str, sources))}")
        counts: Counter[Key] = Counter()
        files, self.rows_without_key = [], 0
        for path in paths:
            _check(path, keys, features)
            found, without = _count(path, keys)
            self.rows_without_key += without
            if found:
                files.append((path, min(found), max(found)))
                counts.update(found)
        self.reader = WindowReader(tuple(files), tuple(keys), tuple(features))
        self._counts = sorted(counts.items())
        self.rows = counts.total()

    @property
    def keys(self) -> pd.DataFrame:
        """The keys and how many windows each has."""
        columns = {
            name: [key[i] for key, _ in self._counts] for i, name in enumerate(self.reader.keys)
        }
        return pd.DataFrame(columns, dtype=str).assign(windows=[n for _, n in self._counts])

    @property
    def key_count(self) -> int:
        """The number of keys."""
        return len(self._counts)

    def ranges(self, keys: int = RANGE_KEYS, rows: int = RANGE_ROWS) -> list[KeyRange]:
        """All keys in ranges of at most so many keys, and of so many rows unless one has more."""
        result: list[KeyRange] = []
        for key, count in self._counts:
            last = result[-1] if result else None
            if last and last.keys < keys and last.rows + count <= rows:
                result[-1] = KeyRange(last.first, key, last.keys + 1, last.rows + count)
            else:
                result.append(KeyRange(key, key, 1, count))
        return result

    def read(self, wanted: KeyRange) -> pd.DataFrame:
        """The windows of a range, as WindowReader.read."""
        return self.reader.read(wanted)

    def sample(self, rows: int) -> pd.DataFrame:
        """At most so many windows: all, or every n-th in order, so that each key has its share."""
        step = max(1, -(-self.rows // rows))
        pieces, start = [], 0
        for wanted in self.ranges():
            # A copy, because a slice would keep all of the range in memory.
            pieces.append(self.read(wanted).iloc[-start % step :: step].copy())
            start += wanted.rows
        if not pieces:
            raise TrainingError("no window has a key")
        sampled: pd.DataFrame = pd.concat(pieces, ignore_index=True)
        return sampled


def _paths(sources: Sequence[Path]) -> Iterator[Path]:
    for source in sources:
        if source.is_dir():
            yield from sorted(source.rglob("*.parquet"))
        elif source.is_file():
            yield source
        else:
            raise TrainingError(f"{source}: there is no such file")


def _check(path: Path, keys: Sequence[str], features: Sequence[str]) -> None:
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise TrainingError(f"{path}: cannot be read as parquet: {error}") from error
    missing = [name for name in (*keys, WINDOW_END, *features) if name not in schema.names]
    if missing:
        raise TrainingError(f"{path}: lacks the columns {', '.join(missing)}")
    kinds = (pa.types.is_floating, pa.types.is_integer, pa.types.is_null, pa.types.is_decimal)
    texts = [f for f in features if not any(is_kind(schema.field(f).type) for is_kind in kinds)]
    if texts:
        raise TrainingError(f"{path}: has no numbers in the columns {', '.join(texts)}")
    if not pa.types.is_timestamp(schema.field(WINDOW_END).type):
        raise TrainingError(f"{path}: has no timestamps in the column {WINDOW_END}")


def _count(path: Path, keys: Sequence[str]) -> tuple[Counter[Key], int]:
    """The windows of each key in a file, and how many have none."""
    dataset = ds.dataset(path, format="parquet")
    columns = {key: _text(dataset.schema, key).cast(pa.string()) for key in keys}
    counts: Counter[Key] = Counter()
    without = 0
    for batch in dataset.to_batches(columns=columns):
        grouped = pa.table(batch).group_by(list(keys)).aggregate([([], "count_all")])
        columns_of = [grouped.column(name).to_pylist() for name in (*keys, "count_all")]
        for *key, count in zip(*columns_of, strict=True):
            if None in key:
                without += count
            else:
                counts[tuple(key)] += count
    return counts, without


def _text(schema: pa.Schema, name: str) -> pc.Expression:
    """A key column as text; one that is text already stays as it is, for the sake of row groups."""
    kind = schema.field(name).type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return ds.field(name) if is_text else ds.field(name).cast(pa.string())


def _not_below(texts: Sequence[pc.Expression], first: Key) -> pc.Expression:
    """Whether a key is `first` or behind it: Arrow compares bytes, which is Python's order, too."""
    last = texts[-1] >= first[-1]
    pairs = list(zip(texts[:-1], first[:-1], strict=True))
    return reduce(lambda rest, p: (p[0] > p[1]) | ((p[0] == p[1]) & rest), reversed(pairs), last)


def _not_above(texts: Sequence[pc.Expression], last: Key) -> pc.Expression:
    end = texts[-1] <= last[-1]
    pairs = list(zip(texts[:-1], last[:-1], strict=True))
    return reduce(lambda rest, p: (p[0] < p[1]) | ((p[0] == p[1]) & rest), reversed(pairs), end)
