"""Brings a chunk's predictions into the database: good rows to staging, others to rejected_rows.

Rows become Python objects one slice at a time, so memory does not grow with the chunk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, delete, insert
from sqlalchemy.sql import Select

from adapters.scores_db.clean import cleaned
from adapters.scores_db.fast_insert import insert_columns
from adapters.scores_db.ledger_tables import REJECTED_ROWS
from adapters.scores_db.predictions import typed
from adapters.scores_db.row_rules import reasons
from adapters.scores_db.statements import repeated_statement
from adapters.scores_db.types import KEY_LENGTH
from adapters.scores_db.work import Tally, Work
from domain.rejections import Rejection, because, kind_of

SLICE_ROWS = 5_000
IN_LIST = 1_000
"""SQL Server takes at most 2,100 parameters."""
REPEATED = because(
    Rejection.SCHEMA, "the same key and window_end stands twice in the predictions of the chunk"
)


def stage(connection: Connection, work: Work, batches: Iterable[pa.RecordBatch]) -> Tally:
    """Stages what keeps to the rules, and rejects the rest; rows are numbered from 1.

    Raises PredictionsError when a batch does not have the columns it must have.
    """
    tally, number = Tally(), 1
    for batch in batches:
        whole = typed(batch, work.pipeline, work.order.chunk)
        for start in range(0, whole.num_rows, SLICE_ROWS):
            part = whole.slice(start, SLICE_ROWS)
            tally += _stage_slice(connection, work, part, number)
            number += part.num_rows
    reject_staged(connection, work, repeated_statement(work), REPEATED, tally)
    return tally


def reject_staged(
    connection: Connection, work: Work, query: Select[Any], reason: str, tally: Tally
) -> None:
    """Moves the staged rows that `query` finds to the rejected rows.

    `query` yields row_number, the identity, and then what fills the braces of `reason`. It is asked
    again and again for one slice, since the slices it returned are no longer staged.
    """
    staging, width = work.tables.staging, 1 + len(work.tables.identity)
    while rows := connection.execute(query.limit(SLICE_ROWS)).all():
        _reject(
            connection,
            work,
            numbers=[row[0] for row in rows],
            identities=[(*row[1 : width - 1], row[width - 1].replace(tzinfo=UTC)) for row in rows],
            why=[reason.format(*row[width:]) for row in rows],
        )
        for start in range(0, len(rows), IN_LIST):
            some = staging.c.row_number.in_([row[0] for row in rows[start : start + IN_LIST]])
            connection.execute(delete(staging).where(work.staged, some))
        tally.staged -= len(rows)
        tally.rejected += len(rows)


def _stage_slice(connection: Connection, work: Work, part: pa.RecordBatch, first: int) -> Tally:
    numbers = pa.array(range(first, first + part.num_rows), pa.int64())
    why = reasons(part, work.pipeline, work.order.run.span)
    if why.null_count == len(why):
        _insert_staged(connection, work, part, numbers)
        return Tally(staged=len(why))
    bad, good = pc.is_valid(why), pc.is_null(why)
    columns = (part.column(name).filter(bad).to_pylist() for name in work.tables.identity)
    _reject(
        connection,
        work,
        numbers=numbers.filter(bad).to_pylist(),
        identities=list(zip(*columns, strict=True)),
        why=why.filter(bad).to_pylist(),
    )
    if why.null_count:
        _insert_staged(connection, work, part.filter(good), numbers.filter(good))
    return Tally(staged=why.null_count, rejected=len(why) - why.null_count)


def _insert_staged(connection: Connection, work: Work, part: pa.RecordBatch, numbers: Any) -> None:
    names = (*work.tables.identity, *work.tables.values)
    columns = {name: part.column(name) for name in names}
    # UTC without saying so, as the database has it.
    columns["window_end"] = columns["window_end"].cast(pa.timestamp("us"))
    insert_columns(
        connection,
        work.tables.staging,
        {"batch_id": work.batch_id},
        {name: column.to_pylist() for name, column in {"row_number": numbers, **columns}.items()},
    )


def _reject(
    connection: Connection,
    work: Work,
    *,
    numbers: list[int],
    identities: list[tuple[Any, ...]],
    why: list[str],
) -> None:
    """Writes down rows that are rejected: their numbers, keys and window_end, and the reasons."""
    order, names = work.order, work.pipeline.keys
    rows = [
        {
            "run_id": order.run.run_id,
            "chunk": order.chunk,
            "row_number": number,
            "pipeline": work.pipeline.name,
            "key_values": _keys_json(names, keys),
            "window_end": end,
            "kind": kind_of(reason).value,
            "reason": cleaned(reason),
        }
        for number, (*keys, end), reason in zip(numbers, identities, why, strict=True)
    ]
    connection.execute(insert(REJECTED_ROWS), rows)


def _keys_json(names: Sequence[str], keys: Sequence[str | None]) -> str:
    """The keys by name; one that is much too long is cut."""
    told = {n: None if k is None else k[: 2 * KEY_LENGTH] for n, k in zip(names, keys, strict=True)}
    return json.dumps(told, ensure_ascii=False)
