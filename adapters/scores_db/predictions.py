"""The shape of predictions: which columns a job's output must have, and of which types.

Breaking these rules concerns the whole chunk, so it is an error and nothing is written; what a
single row may break stands in `row_rules.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

from domain.errors import PredictionsError
from domain.pipeline import Pipeline

Rule = Callable[[pa.DataType], bool]

REJECTED_REASON = "rejected_reason"
INSTANT = pa.timestamp("us", "UTC")


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _is_instant(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) and kind.tz is not None)


_RULES: dict[str, tuple[Rule, pa.DataType, str]] = {
    "float": (_is_number, pa.float64(), "a number (kept as float64)"),
    "integer": (pa.types.is_integer, pa.int64(), "an integer of at most 64 bits"),
    "boolean": (pa.types.is_boolean, pa.bool_(), "boolean"),
    "string": (_is_text, pa.string(), "text"),
    "instant": (_is_instant, INSTANT, "a timestamp with time zone, in whole microseconds"),
}


def columns_of(pipeline: Pipeline) -> dict[str, str]:
    """The columns that predictions must have, in order, with the rule that each follows."""
    return {
        **dict.fromkeys(pipeline.keys, "string"),
        "window_end": "instant",
        **{name: kind.removesuffix("?") for name, kind in pipeline.output.columns.items()},
        "model_version": "string",
        REJECTED_REASON: "string",
    }


def typed(batch: pa.RecordBatch, pipeline: Pipeline, chunk: int) -> pa.RecordBatch:
    """The columns that count, in order, each as its one Arrow type; others are left out.

    Types: keys, strings, model_version and rejected_reason string; float float64; integer int64;
    boolean bool; window_end timestamp[us, UTC]. A column of nulls only may be of any type.

    Raises PredictionsError naming every column that is missing or of a wrong type.
    """
    wanted = columns_of(pipeline)
    _check(batch.schema, wanted, chunk)
    arrays = [_cast(batch.column(name), name, rule, chunk) for name, rule in wanted.items()]
    return pa.RecordBatch.from_arrays(arrays, names=list(wanted))


def _check(schema: pa.Schema, wanted: dict[str, str], chunk: int) -> None:
    problems = []
    for name, rule in wanted.items():
        fits, _, words = _RULES[rule]
        places = schema.get_all_field_indices(name)
        if len(places) != 1:
            there = ", ".join(dict.fromkeys(schema.names)) or "none"
            how_often = "is missing" if not places else "stands twice"
            problems.append(f"column `{name}` {how_often}; got columns {there}")
        elif not (fits(schema.field(name).type) or pa.types.is_null(schema.field(name).type)):
            problems.append(f"column `{name}` must be {words}; got {schema.field(name).type}")
    if problems:
        raise PredictionsError(f"the predictions of chunk {chunk}: {'; '.join(problems)}")


def _cast(array: Any, name: str, rule: str, chunk: int) -> Any:
    _, kind, words = _RULES[rule]
    if array.type == kind:
        return array
    try:
        return array.cast(kind)
    except pa.ArrowException:  # its text quotes a value
        raise PredictionsError(
            f"the predictions of chunk {chunk}: column `{name}` must be {words}; got values of "
            f"{array.type} that do not fit"
        ) from None


def checked_first(
    batches: Iterable[pa.RecordBatch], pipeline: Pipeline, chunk: int
) -> Iterable[pa.RecordBatch]:
    """The batches; the first was looked at, so that a wrong schema costs no transaction."""
    iterator = iter(batches)
    first = next(iterator, None)
    if first is None:
        return ()
    typed(first.slice(0, 0), pipeline, chunk)
    return itertools.chain([first], iterator)
