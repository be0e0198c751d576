"""Which rows have a key that the model knows, found for all rows at once.

A key is a tuple of texts (device, sensor). Each column's texts become numbers, the numbers of one
row become one number, and a binary search finds it: no Python per row, no join.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.int64]

_UNKNOWN = -1


class KnownKeys:
    """The keys of a model, as `keys.parquet` lists them."""

    def __init__(self, table: pa.Table) -> None:
        """`table` has one column of strings per key column."""
        self._texts: list[pa.Array] = []
        self._prefixes: list[Codes] = []
        codes = np.zeros(table.num_rows, dtype=np.int64)
        for column in table.columns:
            texts = pc.unique(column).drop_null()
            # A prefix of a key becomes its place among the prefixes: numbers stay small, however
            # many columns there are.
            codes = codes * len(texts) + _places(column, texts)
            prefixes = np.unique(codes)
            codes = np.searchsorted(prefixes, codes)
            self._texts.append(texts)
            self._prefixes.append(prefixes)

    def has(self, columns: Sequence[pa.Array]) -> npt.NDArray[np.bool_]:
        """Whether each row's key is known; `columns` are strings, one array per key column."""
        codes = np.zeros(len(columns[0]), dtype=np.int64)
        known = np.full(len(codes), bool(len(self._prefixes[0])))
        for column, texts, prefixes in zip(columns, self._texts, self._prefixes, strict=True):
            place = _places(column, texts)
            known &= place != _UNKNOWN
            wanted = codes * len(texts) + place
            codes = np.minimum(np.searchsorted(prefixes, wanted), max(len(prefixes) - 1, 0))
            if len(prefixes):
                known &= prefixes[codes] == wanted
        return known


def _places(column: pa.Array | pa.ChunkedArray, texts: pa.Array) -> Codes:
    """Where each text of `column` stands in `texts`; _UNKNOWN if it does not."""
    places = pc.fill_null(pc.index_in(column, value_set=texts), _UNKNOWN)
    return np.asarray(places.to_numpy(zero_copy_only=False), dtype=np.int64)
