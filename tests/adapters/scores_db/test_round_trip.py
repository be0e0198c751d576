"""Values and types survive the way into the database and back."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy.dialects import mssql, sqlite

from adapters.scores_db import ScoresDb
from adapters.scores_db.types import UtcDateTime
from domain.messages import Upserted
from domain.pipeline import Pipeline
from tests.adapters.scores_db.samples import (
    AT,
    DAY,
    batch,
    row,
    sample_order,
    sample_pipeline,
    sample_run,
    scores_of,
    window,
)


def test_a_scored_row_comes_back_with_its_lineage(db: ScoresDb, pipeline: Pipeline) -> None:
    """Keys, window_end, outputs and lineage are as they were written."""
    order = sample_order(chunk=7)
    assert db.upsert(pipeline, order, [batch([row(score=0.1, odd=True)])], AT) == Upserted(
        rows_scored=1, rows_rejected=0, rows_superseded=0
    )
    assert scores_of(db, pipeline) == [
        {
            "device": "d1",
            "sensor": "s1",
            "window_end": window(1),
            "score": 0.1,
            "label": "ok",
            "hits": 1,
            "odd": True,
            "run_id": sample_run().run_id,
            "revision": 1,
            "chunk": 7,
            "model_version": "3",
            "scored_at": AT,
        }
    ]


@pytest.mark.parametrize(
    "number", [0.1, 5e-324, sys.float_info.max, -sys.float_info.max, 1 / 3, 2.0**53 + 2, -1e300]
)
def test_floats_keep_every_digit(db: ScoresDb, pipeline: Pipeline, number: float) -> None:
    """What was written is what is read."""
    db.upsert(pipeline, sample_order(), [batch([row(score=number)])], AT)
    (found,) = scores_of(db, pipeline)
    assert isinstance(found["score"], float)
    assert found["score"] == number


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, -(2**63), None])
def test_integers_have_64_bits(db: ScoresDb, pipeline: Pipeline, number: int | None) -> None:
    """Big integers are no floats on the way."""
    db.upsert(pipeline, sample_order(), [batch([row(hits=number)])], AT)
    assert scores_of(db, pipeline)[0]["hits"] == number


@pytest.mark.parametrize(
    "text", ["", "Größe", "🌍" * 200, "a" * 400, "' OR 1=1 --", "a\nb\t", None]
)
def test_text_is_unicode(db: ScoresDb, pipeline: Pipeline, text: str | None) -> None:
    """Text of up to 400 UTF-16 units is kept as it is."""
    db.upsert(pipeline, sample_order(), [batch([row(label=text)])], AT)
    assert scores_of(db, pipeline)[0]["label"] == text


def test_keys_differ_by_their_bits(db: ScoresDb, pipeline: Pipeline) -> None:
    """Case, accents, emoji and leading blanks make different keys."""
    keys = ["a", "A", "ä", "a\u0308", "🌍", "🌎", " a", "\uff41", "a\u200b", "k" * 200, "🌍" * 100]
    written = db.upsert(pipeline, sample_order(), [batch([row(key) for key in keys])], AT)
    assert (written.rows_scored, written.rows_rejected) == (len(keys), 0)
    assert {found["device"] for found in scores_of(db, pipeline)} == set(keys)


def test_instants_keep_microseconds(db: ScoresDb, pipeline: Pipeline) -> None:
    """A window's end is the same instant to the microsecond, and aware."""
    ends = [DAY + timedelta(microseconds=n) for n in (1, 999_999, 1_000_000)]
    db.upsert(pipeline, sample_order(), [batch([row(end=end) for end in ends])], AT)
    assert [found["window_end"] for found in scores_of(db, pipeline)] == ends


@pytest.mark.parametrize("kind", ["s", "ms", "us", "ns"])
def test_instants_may_come_in_any_unit_and_zone(
    db: ScoresDb, pipeline: Pipeline, kind: str
) -> None:
    """The instant counts, not how it is written down."""
    there = batch([row(end=window(3))])
    column = there.column("window_end").cast(pa.timestamp(kind, "Europe/Berlin"))
    position = there.schema.get_field_index("window_end")
    db.upsert(pipeline, sample_order(), [there.set_column(position, "window_end", column)], AT)
    assert scores_of(db, pipeline)[0]["window_end"] == window(3)


@pytest.mark.parametrize(
    ("name", "kind", "value", "kept"),
    [
        ("score", pa.float32(), 0.5, 0.5),
        ("score", pa.int64(), 3, 3.0),
        ("hits", pa.int8(), -3, -3),
        ("hits", pa.uint64(), 2**63 - 1, 2**63 - 1),
        ("hits", pa.null(), None, None),
        ("label", pa.large_string(), "x", "x"),
        ("label", pa.string_view(), "x", "x"),
        ("label", pa.dictionary(pa.int32(), pa.string()), "x", "x"),
        ("sensor", pa.dictionary(pa.int32(), pa.string()), "x", "x"),
    ],
)
def test_related_arrow_types_are_taken(
    db: ScoresDb, pipeline: Pipeline, name: str, kind: pa.DataType, value: Any, kept: Any
) -> None:
    """What pandas and models write for a type is understood."""
    there = batch([row()])
    column = pa.array([value], kind)
    position = there.schema.get_field_index(name)
    db.upsert(pipeline, sample_order(), [there.set_column(position, name, column)], AT)
    assert scores_of(db, pipeline)[0][name] == kept


def test_columns_may_come_in_any_order_and_company(db: ScoresDb, pipeline: Pipeline) -> None:
    """Columns that the pipeline does not name are left out."""
    there = batch([row()]).append_column("mean", pa.array([1.5]))
    turned = there.select(list(reversed(there.schema.names)))
    assert db.upsert(pipeline, sample_order(), [turned], AT).rows_scored == 1


@pytest.mark.parametrize("keys", [("only",), ("k1", "k2", "k3"), ("k1", "k2", "k3", "k4")])
def test_one_to_four_keys(db: ScoresDb, keys: tuple[str, ...]) -> None:
    """Tables of every width that a pipeline may ask for work the same."""
    pipeline = sample_pipeline({"score": "float"}, keys)
    rows = [
        {k: v for k, v in row(end=window(n)).items() if k not in ("device", "sensor")}
        | dict.fromkeys(keys, "k" * 200)
        for n in (1, 2)
    ]
    for revision in (1, 2):
        db.upsert(pipeline, sample_order(sample_run(revision)), [batch(rows)], AT)
    assert [found["revision"] for found in scores_of(db, pipeline)] == [2, 2]


def test_names_that_sql_reserves_may_be_used(db: ScoresDb) -> None:
    """Tables and columns may have the names that their owners give them."""
    pipeline = sample_pipeline({"select": "float", "reason": "string"}, ("group", "user"), "order")
    columns = {
        "group": ["g", "g"],
        "user": ["u", "v"],
        "window_end": pa.array([window(1), window(1)], pa.timestamp("us", "UTC")),
        "select": [1.0, 2.0],
        "reason": ["a", None],
        "model_version": ["1", "1"],
        "rejected_reason": pa.nulls(2),
    }
    there = pa.RecordBatch.from_pydict(columns)
    written = db.upsert(pipeline, sample_order(), [there], AT)
    assert (written.rows_scored, written.rows_rejected) == (1, 1)


def test_instants_are_stored_as_naive_utc() -> None:
    """Any zone goes in, UTC comes out, and a naive datetime is refused."""
    kind = UtcDateTime()
    berlin = datetime(2026, 7, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    for dialect in (sqlite.dialect(), mssql.dialect()):
        assert kind.process_bind_param(berlin, dialect) == datetime(2026, 7, 1)  # noqa: DTZ001
        back = kind.process_result_value(datetime(2026, 7, 1), dialect)  # noqa: DTZ001
        assert back == datetime(2026, 7, 1, tzinfo=UTC)
        with pytest.raises(ValueError, match="time zone"):
            kind.process_bind_param(datetime(2026, 7, 1), dialect)  # noqa: DTZ001
