"""Reading events out of a SQL database."""

from __future__ import annotations

import sqlite3
import tracemalloc
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from adapters.scores_db.engine import open_source
from adapters.source_db import as_text, source_rows, table_rows
from domain.errors import SettingsError, SourceError, TransientError

DAY = datetime(2026, 1, 1, tzinfo=UTC)
END = DAY + timedelta(days=1)
QUERY = "SELECT ts, machine, volt, ok FROM telemetry WHERE ts > :span_start AND ts <= :span_end"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A telemetry database with readings at every hour of two days."""
    path = tmp_path / "telemetry.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE telemetry (ts TEXT, machine TEXT, volt REAL, ok BOOLEAN)")
    connection.executemany(
        "INSERT INTO telemetry VALUES (?, ?, ?, ?)",
        [
            ((DAY + timedelta(hours=h)).strftime("%Y-%m-%d %H:%M:%S.%f"), "m🌍", h / 3, h % 2)
            for h in range(49)
        ],
    )
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def url(file: Path) -> Iterator[str]:
    """The database's URL; its connections are closed after the test."""
    yield f"sqlite:///{file}"
    if file.is_file():
        open_source(f"sqlite:///{file}", None, SourceError).dispose()


def read(url: str, query: str = QUERY, columns: tuple[str, ...] = ("ts", "volt")) -> pa.Table:
    """All rows of a query."""
    schema = pa.schema([(name, pa.string()) for name in columns])
    return pa.Table.from_batches(table_rows(url, query, DAY, END, columns), schema=schema)


def test_the_span_is_bound(url: str) -> None:
    """The query sees the span as naive UTC timestamps, whatever zone they were given in."""
    berlin = timezone(timedelta(hours=1))
    for zone in (UTC, berlin):
        batches = list(table_rows(url, QUERY, DAY.astimezone(zone), END.astimezone(zone), ["ts"]))
        times = pa.Table.from_batches(batches)["ts"].to_pylist()
        assert len(times) == 24
        assert (times[0], times[-1]) == (
            "2026-01-01 01:00:00.000000",
            "2026-01-02 00:00:00.000000",
        )


def test_columns_come_as_asked_for(url: str) -> None:
    """Only the wanted columns, in the wanted order, all of them text."""
    found = read(url, columns=("volt", "machine"))
    assert found.schema == pa.schema([("volt", pa.string()), ("machine", pa.string())])
    assert [float(v) for v in found["volt"].to_pylist()] == [h / 3 for h in range(1, 25)]
    assert set(found["machine"].to_pylist()) == {"m🌍"}


def test_no_rows_are_no_batches(url: str) -> None:
    """An empty span yields nothing."""
    assert list(table_rows(url, QUERY, END + timedelta(days=9), END + timedelta(days=10), [])) == []


def test_rows_come_in_batches(url: str) -> None:
    """No batch is larger than asked for, and together they are all rows."""
    sizes = [b.num_rows for b in table_rows(url, QUERY, DAY, END, ["ts"], batch_rows=10)]
    assert sizes == [10, 10, 4]


def test_memory_does_not_grow_with_the_rows(url: str) -> None:
    """However many rows a query returns, only a batch of them is held."""
    query = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) "
        "SELECT printf('%050d', i) AS ts FROM n WHERE :span_start < :span_end"
    )
    peaks = []
    for rows in ("6000", "60000"):
        tracemalloc.start()
        batches = table_rows(url, query.replace("60000", rows), DAY, END, ["ts"], batch_rows=500)
        assert sum(b.num_rows for b in batches) == int(rows)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("a b", "a b"),
        (0.1, "0.1"),
        (1e300, "1e+300"),
        (float("nan"), "nan"),
        (2**63 - 1, "9223372036854775807"),
        (True, "true"),
        (False, "false"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (datetime(2026, 1, 1, 2, 3, 4, 5), "2026-01-01T02:03:04.000005"),  # noqa: DTZ001
        (DAY, "2026-01-01T00:00:00+00:00"),
        (date(2026, 1, 1), "2026-01-01"),
        (time(1, 2), "01:02:00"),
        (b"\x01\xff", "01ff"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_values_become_text(value: Any, text: str | None) -> None:
    """Each type has one form, from which the value can be read again."""
    assert as_text(value) == text


def test_missing_columns_are_named(url: str) -> None:
    """The error says what is missing and what there is."""
    with pytest.raises(SourceError, match="columns Volt, amps; it returns ts, machine, volt, ok"):
        read(url, columns=("ts", "Volt", "amps"))


def test_a_column_must_come_once(url: str) -> None:
    """Nobody could tell which of two columns of one name is meant."""
    query = "SELECT ts, volt AS ts FROM telemetry WHERE ts > :span_start AND ts < :span_end"
    with pytest.raises(SourceError, match="twice: ts"):
        read(url, query, ("ts",))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT absent FROM telemetry WHERE :span_start < :span_end", "no such column: absent"),
        ("SELEC ts WHERE :span_start < :span_end", "syntax error"),
        ("SELECT ts FROM telemetry WHERE :span_start < :span_end AND ts > :now", "parameter"),
        ("DELETE FROM telemetry WHERE ts > :span_start AND ts < :span_end", "must be a SELECT"),
    ],
)
def test_a_query_that_cannot_be_run_is_refused(url: str, query: str, told: str) -> None:
    """What the database says about the query is passed on."""
    with pytest.raises(SourceError, match=told):
        read(url, query)


def test_nothing_is_changed(url: str, file: Path) -> None:
    """A query that deletes is refused and leaves the rows; the file keeps its journal mode."""
    with pytest.raises(SourceError):
        read(url, "DELETE FROM telemetry WHERE ts > :span_start AND ts < :span_end")
    assert read(url).num_rows == 24
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_missing_database_is_refused(tmp_path: Path) -> None:
    """A wrong path does not make an empty database."""
    with pytest.raises(SourceError, match="must exist"):
        read(f"sqlite:///{tmp_path / 'none.db'}")


def test_a_locked_database_is_transient(url: str, file: Path) -> None:
    """Somebody who writes to the source makes the reader try again later."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(TransientError, match="source database"):
            read(f"{url}?timeout=0.05")
    finally:
        other.close()
        open_source(f"{url}?timeout=0.05", None, SourceError).dispose()


def test_the_url_stands_in_a_setting(url: str) -> None:
    """A pipeline names the app setting; one that is missing is told by its name."""
    batches = source_rows("TELEMETRY_DB_URL", QUERY, DAY, END, ["ts"], {"TELEMETRY_DB_URL": url})
    assert sum(batch.num_rows for batch in batches) == 24
    with pytest.raises(SettingsError, match="`TELEMETRY_DB_URL` is required"):
        source_rows("TELEMETRY_DB_URL", QUERY, DAY, END, ["ts"], {})
