"""Connections to the scores database: opened once, tables made sure of, errors mapped."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from azure.core.credentials import TokenCredential
from sqlalchemy import Connection, Engine, Table

from adapters.scores_db.engine import WRITES, open_engine
from adapters.scores_db.ensure import ensure
from adapters.scores_db.errors import mapped
from adapters.scores_db.ledger_tables import LEDGER
from adapters.scores_db.score_tables import score_tables
from domain.errors import ScoresDbError
from domain.pipeline import Pipeline


class Connected:
    """What all methods of `ScoresDb` stand on."""

    def __init__(self, url: str, credential: TokenCredential | None) -> None:
        """Does not connect.

        Args:
            url: SQLAlchemy's, for `sqlite` (the folder must exist) or `mssql+pyodbc`.
            credential: Who the app is; used for Azure SQL when the URL names no user.
        """
        self._engine = open_engine(url, credential, ScoresDbError)
        self._known = _known_tables(self._engine)

    def close(self) -> None:
        """Closes the pooled connections; the next call opens new ones."""
        self._engine.dispose()

    def ensure_tables(self, pipeline: Pipeline) -> None:
        """Creates the ledger's tables and the pipeline's, where they are missing.

        Raises ScoresDbError when a table exists with other columns than the pipeline needs.
        """
        with mapped("scores database", "create tables", ScoresDbError):
            tables = score_tables(pipeline)
            self._ensure([*LEDGER.sorted_tables, tables.target, tables.staging])

    @contextmanager
    def _reading(self, action: str) -> Iterator[Connection]:
        with mapped("scores database", action, ScoresDbError):
            self._ensure(LEDGER.sorted_tables)
            with self._engine.connect() as connection:
                yield connection

    @contextmanager
    def _writing(self, action: str) -> Iterator[Connection]:
        with mapped("scores database", action, ScoresDbError):
            self._ensure(LEDGER.sorted_tables)
            with self._engine.execution_options(**{WRITES: True}).begin() as connection:
                yield connection

    def _ensure(self, tables: Sequence[Table]) -> None:
        unknown = [table for table in tables if table not in self._known]
        if unknown:
            with _ENSURING:
                ensure(self._engine, unknown)
            self._known.update(unknown)


_ENSURING = threading.Lock()


@functools.cache
def _known_tables(engine: Engine) -> set[Table]:
    """The tables that this process has seen to be right in a database."""
    del engine
    return set()
