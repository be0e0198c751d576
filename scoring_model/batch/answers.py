"""What `predict` answered, checked against model.json and put where it belongs.

An answer that does not have the promised columns, types or rows fails the mini-batch: it is a
mistake in the model's code, and the same for every row. A value that is missing is a row's matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pandas.api import types

from batch.errors import ModelContractError
from batch.folder import ModelFolder
from batch.rejections import Flags, Rejections, Rows

REJECTED_REASON = "rejected_reason"
LARGEST = 2.0**63

Values = npt.NDArray[Any]

_DTYPES = {"float": np.float64, "integer": np.int64, "boolean": np.bool_, "string": np.object_}
_ARROW = {
    "float": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "string": pa.string(),
}


def arrow_type(kind: str) -> pa.DataType:
    """The Arrow type of an output of `kind`, which may end in `?`."""
    return _ARROW[kind.removesuffix("?")]


class Answers:
    """The outputs of one batch of `rows` rows: values, and whether they are there."""

    def __init__(self, folder: ModelFolder, rows: int) -> None:
        self._folder = folder
        self._kinds = {n: kind.removesuffix("?") for n, kind in folder.outputs.items()}
        self._answered = np.zeros(rows, dtype=np.bool_)
        self.values: dict[str, Values] = {
            name: np.zeros(rows, _DTYPES[kind]) for name, kind in self._kinds.items()
        }
        self.there = {name: np.zeros(rows, dtype=np.bool_) for name in self._kinds}

    def take(self, answer: object, rows: Rows, rejections: Rejections) -> None:
        """Keeps an answer to the windows that are the batch's `rows`.

        Raises ModelContractError if it is not what the contract says.
        """
        frame = self._frame(answer)
        at = rows[self._places(frame.index, len(rows))]
        self._answered[at] = True
        for name, kind in self._kinds.items():
            try:
                self.values[name][at], self.there[name][at] = _CONVERSIONS[kind](frame[name])
            except (TypeError, ValueError, OverflowError) as error:
                raise self._broken(f"output {name} must be {kind}; {error}") from error
        if REJECTED_REASON in frame:
            said = frame[REJECTED_REASON].notna().to_numpy()
            if said.any():
                reasons = frame.loc[said, REJECTED_REASON].astype(str).to_numpy(dtype=object)
                rejections.reject_each(at[said], reasons)

    def finish(self, rejections: Rejections) -> None:
        """Rejects rows without an answer or a value, and leaves no value in a rejected row."""
        rejections.reject(~self._answered, "model error: the answer lacks the row")
        for name, kind in self._folder.outputs.items():
            if kind.startswith("float"):
                infinite = np.isinf(self.values[name]) & self.there[name]
                rejections.reject(infinite, f"nan: {name} is infinite")
            if not kind.endswith("?"):
                rejections.reject(~self.there[name], f"nan: {name} is missing")
        for there in self.there.values():
            there &= ~rejections.rejected

    def columns(self) -> dict[str, pa.Array]:
        """The outputs as columns, null where there is no value."""
        return {
            name: pa.array(self.values[name], _ARROW[kind], mask=~self.there[name])
            for name, kind in self._kinds.items()
        }

    def _frame(self, answer: object) -> pd.DataFrame:
        if not isinstance(answer, pd.DataFrame):
            raise self._broken(f"predict must return a DataFrame; got {type(answer).__name__}")
        missing = [name for name in self._kinds if name not in answer.columns]
        if missing:
            got = ", ".join(map(str, answer.columns)) or "none"
            raise self._broken(f"the answer lacks the columns {', '.join(missing)}; got {got}")
        if not answer.columns.is_unique:
            twice = answer.columns[answer.columns.duplicated()][0]
            raise self._broken(f"the answer must have each column once; got {twice} twice")
        return answer

    def _places(self, index: pd.Index[Any], rows: int) -> Rows | slice:
        """Which of the windows each row of the answer is about."""
        asked = pd.RangeIndex(rows)
        if index.equals(asked):
            return slice(None)
        places = asked.get_indexer(index)
        if (places < 0).any():
            stranger = index[int(np.argmax(places < 0))]
            raise self._broken(f"the answer's index must be that of windows; got {stranger}")
        if not index.is_unique:
            twice = index[int(np.argmax(index.duplicated()))]
            raise self._broken(f"the answer must have each row once; got {twice} twice")
        return np.asarray(places, dtype=np.int64)

    def _broken(self, problem: str) -> ModelContractError:
        return ModelContractError(self._folder.module, problem)


def _floats(column: pd.Series[Any]) -> tuple[Values, Flags]:
    if not (types.is_numeric_dtype(column.dtype) or types.is_object_dtype(column.dtype)):
        raise TypeError(f"got {column.dtype}")
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return values, ~np.isnan(values)


def _integers(column: pd.Series[Any]) -> tuple[Values, Flags]:
    if types.is_integer_dtype(column.dtype):
        there = column.notna().to_numpy()
        return column.to_numpy(dtype=np.int64, na_value=0), there
    values, there = _floats(column)
    values = np.where(there, values, 0.0)
    whole = (values == np.rint(values)) & (np.abs(values) < LARGEST)
    if not whole.all():
        raise ValueError(f"got {values[~whole][0]}")
    return values.astype(np.int64), there


def _booleans(column: pd.Series[Any]) -> tuple[Values, Flags]:
    if types.infer_dtype(column, skipna=True) not in ("boolean", "empty"):
        raise TypeError(f"got {column.dtype}")
    there = column.notna().to_numpy()
    return column.where(there, False).to_numpy(dtype=np.bool_), there


def _texts(column: pd.Series[Any]) -> tuple[Values, Flags]:
    if types.infer_dtype(column, skipna=True) not in ("string", "empty"):
        raise TypeError(f"got {column.dtype}")
    there = column.notna().to_numpy()
    return column.to_numpy(dtype=object), there


_CONVERSIONS: dict[str, Callable[[pd.Series[Any]], tuple[Values, Flags]]] = {
    "float": _floats,
    "integer": _integers,
    "boolean": _booleans,
    "string": _texts,
}
