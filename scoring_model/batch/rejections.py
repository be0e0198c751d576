"""Why rows of a batch are rejected; the first cause of a row counts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


class Rejections:
    """The rows of one batch, and the reasons of those that cannot be scored."""

    def __init__(self, rows: int) -> None:
        self.rejected: Flags = np.zeros(rows, dtype=np.bool_)
        self._reasons = np.full(rows, None, dtype=object)

    def reject(self, where: Flags, reason: str) -> None:
        """Rejects the rows `where` it is true, for one reason."""
        new = where & ~self.rejected
        self._reasons[new] = reason
        self.rejected |= new

    def reject_rows(self, rows: Rows, reason: str) -> None:
        """Rejects `rows`, none of them rejected yet, for one reason."""
        self._reasons[rows] = reason
        self.rejected[rows] = True

    def reject_each(self, rows: Rows, reasons: npt.NDArray[np.object_]) -> None:
        """Rejects `rows`, none of them rejected yet, each for a reason of its own."""
        self._reasons[rows] = reasons
        self.rejected[rows] = True

    @property
    def reasons(self) -> npt.NDArray[np.object_]:
        """The reasons of the rejected rows, without the others."""
        return self._reasons[self.rejected]

    def column(self) -> pa.Array:
        """The reasons as a column, null where a row is good."""
        if not self.rejected.any():
            return pa.nulls(len(self.rejected), pa.string())
        return pa.array(self._reasons, pa.string())
