"""Parquet files of one source may differ, as files that were written over years do."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.aggregation.reading import LocalFile, load_parquet
from domain.errors import SourceError
from tests.adapters.aggregation.running import NOON, run, run_parquet
from tests.adapters.pipelines import instant, reading_pipeline


def test_columns_may_differ_in_type_order_and_number() -> None:
    """Numbers as text in one file and typed in another are the same numbers."""
    tables = [
        pa.table({"ts": [NOON], "device": ["7"], "value": [1.5]}),
        pa.table({"value": ["2.5"], "more": [0], "device": [7], "ts": [NOON]}),
        pa.table(
            {
                "ts": pa.array([instant(NOON)], pa.timestamp("ns", "UTC")),
                "device": pa.array(["7"]).dictionary_encode(),
                "value": pa.array([3], pa.int16()),
            }
        ),
        pa.table({"ts": [NOON], "device": ["7"], "value": pa.nulls(1)}),
    ]
    found = run_parquet(reading_pipeline(), *tables)
    assert (found.read, found.reasons) == (4, ["no value in `value`"])
    assert [(w["device"], w["mean"], w["events"]) for w in found.windows] == [
        ("7", pytest.approx(7 / 3), 3)
    ]


def test_numbers_survive_the_way_over_text() -> None:
    """Where one file has text, the floats of the others keep every bit."""
    numbers = [0.1, 1e-300, 1.7976931348623157e308, 5e-324, 1 / 3]
    floats = pa.table({"ts": [NOON] * 5, "device": list("abcde"), "value": numbers})
    text = pa.table({"ts": [NOON], "device": ["f"], "value": ["0.1"]})
    assert run_parquet(reading_pipeline(), floats, text).column("mean") == [*numbers, 0.1]


def test_rows_name_their_file() -> None:
    """A quarantined row tells which of the files it came from."""
    good = pa.table({"ts": [NOON], "device": ["a"], "value": [1.0]})
    bad = pa.table({"ts": [NOON], "device": ["a"], "value": [float("nan")]})
    assert [row["file"] for row in run_parquet(reading_pipeline(), good, bad).bad] == ["1.parquet"]


def test_a_damaged_page_is_a_source_error(tmp_path: Path) -> None:
    """A file whose footer is good and whose data is not is refused by its name in the lake."""
    local = tmp_path / "owned-00000"
    numbers = [float(n) for n in range(1000)]
    table = pa.table({"ts": [NOON] * 1000, "device": ["a"] * 1000, "value": numbers})
    pq.write_table(table, local, use_dictionary=False)
    data = bytearray(local.read_bytes())
    data[4:3000] = bytes(2996)
    local.write_bytes(data)
    file = LocalFile(local, "raw/damaged.parquet", True)
    with pytest.raises(SourceError, match="cannot be aggregated") as raised:
        run(
            reading_pipeline(),
            lambda database: load_parquet(database, [file], ["ts", "device", "value"]),
        )
    assert str(tmp_path) not in str(raised.value)
