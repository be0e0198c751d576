"""Reads the file that `output_action: append_row` leaves: rows of texts, without header or types.

Azure ML puts a blank between the fields and quotes around a text that has blanks in it. What stands
in which place is said by the pipeline, and so are the types. A row that does not fit is rejected
with the reason, as one that breaks the rules of the table is.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from domain.errors import PredictionsError, first_line, shorten
from domain.pipeline import Pipeline
from domain.pipeline.model import PlainPredictions
from domain.rejections import Rejection, because

REJECTED_REASON, MODEL_VERSION, WINDOW_END = "rejected_reason", "model_version", "window_end"
INT64 = range(-(2**63), 2**63)
TRUTH = {"true": True, "1": True, "false": False, "0": False}
MOST_SECONDS = 10**11
LONGER_UNITS = 3
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_SHOWN = 60
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


@functools.lru_cache(maxsize=4096)
def to_instant(text: str) -> datetime:
    """An instant as ISO 8601 (UTC if it names no zone), or as time since 1970 in digits.

    The digits are seconds, milliseconds, microseconds or nanoseconds, whichever lies within some
    3,000 years of 1970: today the four differ by a factor of 1,000. Raises ValueError.
    """
    if _NUMBER.fullmatch(text):
        seconds = Decimal(text)
        for _ in range(LONGER_UNITS):
            if abs(seconds) >= MOST_SECONDS:
                seconds /= 1000
        return EPOCH + timedelta(microseconds=int(seconds * 1_000_000))
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _to_float(text: str) -> float:
    if "_" in text:
        raise ValueError(text)
    return float(text)


def _to_integer(text: str) -> int:
    number = int(text)
    if "_" in text or number not in INT64:
        raise ValueError(text)
    return number


_Convert = Callable[[str], Any]
_KINDS: dict[str, tuple[_Convert, pa.DataType, str]] = {
    "text": (str, pa.string(), "text"),
    "string": (str, pa.string(), "text"),
    "instant": (to_instant, pa.timestamp("us", "UTC"), "an instant (ISO 8601 or since 1970)"),
    "float": (_to_float, pa.float64(), "a number"),
    "integer": (_to_integer, pa.int64(), "an integer of at most 64 bits"),
    "boolean": (lambda text: TRUTH[text.lower()], pa.bool_(), "true or false"),
}


class PlainFile:
    """One file of rows; the places and types of its fields are the pipeline's."""

    def __init__(
        self,
        folder: str,
        local: Path,
        pipeline: Pipeline,
        plain: PlainPredictions,
        *,
        batch_rows: int,
    ) -> None:
        self.folder = folder
        self._local, self._plain, self._batch_rows = local, plain, batch_rows
        self._kinds = {
            **dict.fromkeys(pipeline.keys, "text"),
            WINDOW_END: "instant",
            **{name: kind.removesuffix("?") for name, kind in pipeline.output.columns.items()},
            MODEL_VERSION: "text",
            REJECTED_REASON: "text",
        }
        places = {name: place for place, name in enumerate(plain.columns)}
        self._read = [(n, places[n], *_KINDS[k]) for n, k in self._kinds.items() if n in places]
        self._texts = {*pipeline.keys} | {
            name for name, kind in pipeline.output.columns.items() if kind == "string"
        }

    def rows(self) -> dict[str, int]:
        """How many rows there are. Raises PredictionsError if it is no text."""
        return {self._plain.file: sum(1 for _ in self._records())}

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, typed: with all columns that scores have. Raises PredictionsError."""
        records = self._records()
        while some := list(islice(records, self._batch_rows)):
            rows = [self._row(fields) for fields in some]
            arrays = [
                pa.array([row.get(name) for row in rows], _KINDS[kind][1])
                for name, kind in self._kinds.items()
            ]
            yield pa.RecordBatch.from_arrays(arrays, names=list(self._kinds))

    def _records(self) -> Iterator[list[str]]:
        try:
            with self._local.open(encoding="utf-8-sig", newline="") as file:
                for fields in csv.reader(file, delimiter=" "):
                    if fields:
                        yield self._unpacked(fields)
        except (csv.Error, UnicodeDecodeError) as error:
            what = f"{self.folder}{self._plain.file}"
            raise PredictionsError(f"{what}: must be rows of text: {first_line(error)}") from error

    def _unpacked(self, fields: list[str]) -> list[str]:
        """The fields of a row; a script may hand over a row as one text, which is then quoted."""
        if len(fields) == 1 and " " in fields[0]:
            return next(csv.reader([fields[0]], delimiter=" "))
        return fields

    def _row(self, fields: Sequence[str]) -> dict[str, Any]:
        row: dict[str, Any] = {MODEL_VERSION: self._plain.model_version}
        wanted = len(self._plain.columns)
        if len(fields) != wanted:
            why = f"the row must have {wanted} fields; got {len(fields)}"
            return {**row, REJECTED_REASON: because(Rejection.SCHEMA, why)}
        problem = None
        for name, place, convert, _, words in self._read:
            text = fields[place]
            if not text and name not in self._texts:
                continue  # missing: null, or the default
            try:
                row[name] = convert(text)
            except (ValueError, KeyError, OverflowError):
                got = shorten(text, LONGEST_SHOWN)
                problem = problem or because(
                    Rejection.SCHEMA, f"`{name}` must be {words}; got {got}"
                )
        if problem and not row.get(REJECTED_REASON):
            row[REJECTED_REASON] = problem
        return row
