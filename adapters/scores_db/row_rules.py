"""What a single scored row must keep to; a row that does not is rejected with the first reason.

Computed column by column in Arrow. The rules are those of the table: what they let pass fits on
Azure SQL as well as on SQLite, and comes back as it was.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from adapters.scores_db.predictions import INSTANT, REJECTED_REASON
from adapters.scores_db.types import KEY_LENGTH, TEXT_LENGTH
from domain.pipeline import Pipeline
from domain.rejections import Rejection, because
from domain.spans import Span

_BEYOND_16_BITS = r"[\x{10000}-\x{10FFFF}]"
"""Characters that take two of the UTF-16 units in which SQL Server measures text."""
_Found = list[tuple[Any, str]]


def reasons(batch: pa.RecordBatch, pipeline: Pipeline, span: Span) -> Any:
    """Why each row is rejected: an Arrow string array, null where there is no reason.

    What the model says comes first. Our own reasons are of the kind `nan` where the model gave no
    number, and of the kind `schema` where the row is not what the pipeline promises.

    Args:
        batch: What `predictions.typed` returned.
        pipeline: Whose rules count.
        span: What the run scores; a window that ends outside is another run's.
    """
    found: _Found = []
    given = batch.column(REJECTED_REASON)
    for key in pipeline.keys:
        found += _key_rules(key, batch.column(key))
    found += _instant_rules(batch.column("window_end"), span)
    for name, kind in pipeline.output.columns.items():
        found += _output_rules(name, kind, batch.column(name))
    found += _length_rule("`model_version`", batch.column("model_version"), KEY_LENGTH)
    own = pc.if_else(pc.fill_null(pc.not_equal(given, ""), False), given, None)
    broken = [(mask, text) for mask, text in found if pc.any(mask, min_count=0).as_py()]
    if not broken:
        return own
    masks = pc.make_struct(*(pc.fill_null(mask, False) for mask, _ in broken))
    first = pc.case_when(masks, *(pa.scalar(text) for _, text in broken))
    return pc.coalesce(own, first)


def _key_rules(name: str, values: Any) -> _Found:
    return [
        (pc.is_null(values), _schema(f"key `{name}` must not be null")),
        (pc.equal(values, ""), _schema(f"key `{name}` must not be empty")),
        # SQL Server takes `a` and `a ` for the same key, SQLite does not.
        (pc.ends_with(values, pattern=" "), _schema(f"key `{name}` must not end with a blank")),
        *_length_rule(f"key `{name}`", values, KEY_LENGTH),
    ]


def _instant_rules(values: Any, span: Span) -> _Found:
    start, end = pa.scalar(span.start, INSTANT), pa.scalar(span.end, INSTANT)
    outside = pc.or_(pc.less_equal(values, start), pc.greater(values, end))
    return [
        (pc.is_null(values), _schema("`window_end` must not be null")),
        (outside, _schema(f"`window_end` must lie in the run's span, {span}")),
    ]


def _output_rules(name: str, kind: str, values: Any) -> _Found:
    found: _Found = []
    if not kind.endswith("?"):
        found.append((pc.is_null(values), _nan(f"`{name}` must not be null")))
    if kind.startswith("float"):
        finite = f"`{name}` must be a finite number"
        found.append((pc.is_nan(values), _nan(f"{finite}; got NaN")))
        found.append((pc.is_inf(values), _nan(f"{finite}; got infinity")))
    if kind.startswith("string"):
        found += _length_rule(f"`{name}`", values, TEXT_LENGTH)
    return found


def _length_rule(name: str, values: Any, limit: int) -> _Found:
    lengths = pc.utf8_length(values)
    longest = pc.max(lengths).as_py() or 0
    if longest <= limit // 2:
        return []
    units = pc.add(lengths, pc.count_substring_regex(values, pattern=_BEYOND_16_BITS))
    return [
        (pc.greater(units, limit), _schema(f"{name} must be at most {limit} UTF-16 units long"))
    ]


def _schema(why: str) -> str:
    return because(Rejection.SCHEMA, why)


def _nan(why: str) -> str:
    return because(Rejection.NAN, why)
