"""The rows that were not scored, a page at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, and_, or_, select

from adapters.scores_db.ledger_tables import REJECTED_ROWS
from domain.rejections import Rejection


@dataclass(frozen=True)
class RejectedRow:
    """A window that has no score: its keys, and why."""

    chunk: int
    row_number: int
    keys: dict[str, str | None]
    window_end: datetime | None
    kind: Rejection
    reason: str


@dataclass(frozen=True)
class RejectedPage:
    """Some rejected rows. There may be more of them `after` a (chunk, row number); None: that was
    all."""

    rows: tuple[RejectedRow, ...]
    after: tuple[int, int] | None


def rejected_rows(
    connection: Connection,
    run_id: str,
    kind: Rejection | None,
    limit: int,
    after: tuple[int, int] | None,
) -> RejectedPage:
    """By chunk and row number. Rows of a time before there were kinds are of the kind `other`."""
    table = REJECTED_ROWS.c
    query = (
        select(REJECTED_ROWS)
        .where(table.run_id == run_id)
        .order_by(table.chunk, table.row_number)
        .limit(limit + 1)
    )
    if kind is not None:
        alike = table.kind == kind.value
        query = query.where(or_(alike, table.kind.is_(None)) if kind is Rejection.OTHER else alike)
    if after is not None:
        chunk, number = after
        later = and_(table.chunk == chunk, table.row_number > number)
        query = query.where(or_(table.chunk > chunk, later))
    found = [_row(row) for row in connection.execute(query)]
    page = tuple(found[:limit])
    more = len(found) > limit
    return RejectedPage(page, (page[-1].chunk, page[-1].row_number) if more else None)


def _row(row: Row[tuple[object, ...]]) -> RejectedRow:
    return RejectedRow(
        chunk=row.chunk,
        row_number=row.row_number,
        keys=json.loads(row.key_values),
        window_end=row.window_end,
        kind=Rejection(row.kind or Rejection.OTHER),
        reason=row.reason,
    )
