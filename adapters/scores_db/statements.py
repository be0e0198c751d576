"""The set-based statements of an upsert, in the wording that SQLite and SQL Server share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql import Insert, Select, Update

from adapters.scores_db.ledger import locked
from adapters.scores_db.score_tables import ScoreTables
from adapters.scores_db.work import Work


def repeated_statement(work: Work) -> Select[Any]:
    """Of staged rows that are equal in their identity, all but the first."""
    staging = work.tables.staging
    first = staging.alias("earlier")
    same = and_(*(first.c[name] == staging.c[name] for name in work.tables.identity))
    before = and_(
        first.c.batch_id == work.batch_id, same, first.c.row_number < staging.c.row_number
    )
    return _staged_rows(work).where(work.staged, exists().where(before))


def elsewhere_statement(work: Work) -> Select[Any]:
    """Staged rows that another chunk of the same run has written, with that chunk."""
    staging, target = work.tables.staging, work.tables.target
    theirs = and_(target.c.run_id == work.order.run.run_id, target.c.chunk != work.order.chunk)
    return (
        _staged_rows(work)
        .add_columns(target.c.chunk)
        .select_from(staging.join(target, _same(work.tables)))
        .where(work.staged, theirs)
    )


def look_statement(work: Work) -> Select[Any]:
    """Whose rows stand where the staged ones want to go."""
    staging, target = work.tables.staging, work.tables.target
    owner = (target.c.run_id, target.c.chunk, target.c.revision)
    query = (
        select(*owner, func.count())
        .select_from(staging.join(target, _same(work.tables)))
        .where(work.staged)
        .group_by(*owner)
    )
    return locked(query, target)


def update_statement(work: Work, at: datetime) -> Update:
    """Replaces rows of the same or an older revision; the look has locked them all."""
    staging, target = work.tables.staging, work.tables.target
    values: dict[str, ColumnElement[object]] = {c: staging.c[c] for c in work.tables.values}
    older = target.c.revision <= work.order.run.revision
    return (
        update(target)
        .where(work.staged, _same(work.tables), older)
        .values(values | dict(_lineage(work, at)))
    )


def insert_statement(work: Work, at: datetime) -> Insert:
    """Adds the rows that are not there."""
    staging, target = work.tables.staging, work.tables.target
    copied = (*work.tables.identity, *work.tables.values)
    lineage = _lineage(work, at)
    there = locked(
        select(literal_column("1")).select_from(target).where(_same(work.tables)), target
    )
    rows = select(*(staging.c[name] for name in copied), *lineage.values()).where(
        work.staged, ~there.correlate(staging).exists()
    )
    return insert(target).from_select([*copied, *lineage], rows)


def _staged_rows(work: Work) -> Select[Any]:
    staging = work.tables.staging
    columns = (staging.c[name] for name in work.tables.identity)
    return select(staging.c.row_number, *columns).order_by(staging.c.row_number)


def _same(tables: ScoreTables) -> ColumnElement[bool]:
    return and_(*(tables.staging.c[name] == tables.target.c[name] for name in tables.identity))


def _lineage(work: Work, at: datetime) -> dict[str, ColumnElement[object]]:
    run, columns = work.order.run, work.tables.target.c
    values = {
        "run_id": run.run_id,
        "revision": run.revision,
        "chunk": work.order.chunk,
        "scored_at": at,
    }
    return {name: literal(value, columns[name].type).label(name) for name, value in values.items()}
