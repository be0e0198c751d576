"""One chunk on its way into the database: what the steps of an upsert hand to each other."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement

from adapters.scores_db.score_tables import ScoreTables
from domain.messages import JobOrder
from domain.pipeline import Pipeline


@dataclass(frozen=True)
class Lacking:
    """What a job that has completed did not score: so many rows, and why that is known."""

    rows: int
    reason: str


@dataclass(frozen=True)
class Work:
    """One chunk being written: whose it is, where to, and under which batch id it is staged."""

    pipeline: Pipeline
    order: JobOrder
    tables: ScoreTables
    batch_id: str

    @property
    def staged(self) -> ColumnElement[bool]:
        """The rows that this work has staged."""
        return self.tables.staging.c.batch_id == self.batch_id


@dataclass
class Tally:
    """How many rows were staged and are still there, and how many were rejected."""

    staged: int = 0
    rejected: int = 0

    def __iadd__(self, more: Tally) -> Tally:
        self.staged += more.staged
        self.rejected += more.rejected
        return self
