"""Which row belongs to which of thousands of keys, found for all rows at once.

A key is a tuple of texts (device, sensor). Each column's texts become numbers, the numbers of one
row become one number, and a binary search finds it: no Python per row, no join.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

UNKNOWN = -1


class KeyIndex:
    """The keys of a model, by position: row i of every array of the model belongs to key i."""

    def __init__(self, names: Sequence[str], columns: Sequence[Sequence[str]]) -> None:
        """`columns` holds one list of texts per key column, all of the same length."""
        self.names = tuple(names)
        self.columns = tuple(tuple(str(text) for text in column) for column in columns)
        if len(self.names) != len(self.columns) or len({len(c) for c in self.columns}) != 1:
            raise ValueError("`columns` must be one list for each of `names`, equally long")
        self._values = [pa.array(sorted(set(column)), pa.string()) for column in self.columns]
        codes = self._combine([pa.array(column, pa.string()) for column in self.columns])
        self._order = np.argsort(codes, kind="stable")
        self._sorted = codes[self._order]
        if np.any(self._sorted[1:] == self._sorted[:-1]):
            raise ValueError("`columns` must not hold a key twice")

    def __len__(self) -> int:
        return len(self.columns[0])

    def find(self, columns: Sequence[pa.Array | pa.ChunkedArray]) -> npt.NDArray[np.int64]:
        """The position of each row's key, UNKNOWN for a key that the model has not seen.

        `columns` are strings in Arrow, one array for each key column.
        """
        codes = self._combine(columns)
        place = np.minimum(np.searchsorted(self._sorted, codes), len(self) - 1)
        found = self._sorted[place] == codes
        return np.where(found, self._order[place], UNKNOWN)

    def _combine(self, columns: Sequence[pa.Array | pa.ChunkedArray]) -> npt.NDArray[np.int64]:
        """One number per row, different for different keys; -1 if a text is not in the model."""
        result = np.zeros(len(columns[0]), dtype=np.int64)
        for values, column in zip(self._values, columns, strict=True):
            found = pc.fill_null(pc.index_in(column, value_set=values), UNKNOWN)
            code = found.to_numpy(zero_copy_only=False).astype(np.int64)
            bad = (code < 0) | (result < 0)
            result = np.where(bad, UNKNOWN, result * len(values) + code)
        return result
