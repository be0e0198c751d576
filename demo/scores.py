"""Reads runs' scores from SQL, where people and reports would read them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from demo.errors import DemoError
from domain.pipeline import Pipeline

DATABASE = "scores.db"
SCORES = ("score", "threshold", "is_anomaly")
SCORED_AT = "scored_at"


def read_scores(
    pipeline: Pipeline, run_ids: Sequence[str], state: Path, *, with_time: bool = False
) -> pd.DataFrame:
    """The runs' rows: the pipeline's keys, window_end (UTC), score, threshold, is_anomaly.

    In order of time; none if the runs ended before the table was made. `with_time` adds when each
    was written, scored_at (UTC). The database is the app's setting SCORES_DB_URL, or else the file
    in `state`, the stand-in's state folder.
    """
    engine = sa.create_engine(os.environ.get("SCORES_DB_URL") or f"sqlite:///{state / DATABASE}")
    columns: list[sa.ColumnClause[object]] = [
        sa.column(name)
        for name in (*pipeline.keys, "window_end", *SCORES, *([SCORED_AT] if with_time else []))
    ]
    query = sa.select(*columns).select_from(sa.table(pipeline.output.table))
    query = query.where(sa.column("run_id").in_(run_ids))
    try:
        with engine.connect() as connection:
            there = sa.inspect(connection).has_table(pipeline.output.table)
            rows = connection.execute(query).all() if there else []
    except sa.exc.SQLAlchemyError as error:
        raise DemoError(f"the scores cannot be read from SQL: {error}") from error
    finally:
        engine.dispose()
    scores = pd.DataFrame(rows, columns=[column.name for column in columns])
    for name in ("window_end", SCORED_AT) if with_time else ("window_end",):
        scores[name] = pd.to_datetime(scores[name], utc=True, format="ISO8601")
    scores["is_anomaly"] = scores["is_anomaly"].fillna(0).astype(bool)
    for name in ("score", "threshold"):
        scores[name] = pd.to_numeric(scores[name])
    ordered: pd.DataFrame = scores.sort_values(["window_end", *pipeline.keys], ignore_index=True)
    return ordered
