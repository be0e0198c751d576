"""The smoke job as data: its windows, its name, and what proves a deployment."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deploy_model.errors import UsageError
from deploy_model.model_folder import LocalModel, find_model
from deploy_model.smoke import job_name, problems_of, smoke_windows
from tests.deploy_model.folders import FEATURES, KEYS, write_model


@pytest.fixture
def model(tmp_path: Path) -> LocalModel:
    """A model of twenty keys."""
    return find_model(write_model(tmp_path, "v1"))


def predictions(windows: bytes, version: str = "v1", reason: str | None = None) -> pa.Table:
    """What a good scoring script answers; `reason` rejects the first row."""
    table = pq.read_table(BytesIO(windows)).select([*KEYS, "window_end"])
    rest = [None] * (table.num_rows - 1)
    table = table.append_column("model_version", pa.array([version] * table.num_rows))
    return table.append_column("rejected_reason", pa.array([reason, *rest], pa.string()))


def parquet(table: pa.Table) -> BytesIO:
    """The table as a file, to be read from its beginning."""
    file = BytesIO()
    pq.write_table(table, file)
    return BytesIO(file.getvalue())


def test_windows_have_known_keys_and_features_at_their_means(model: LocalModel) -> None:
    """Typical windows that any model must score, the same ones each time."""
    table = pq.read_table(BytesIO(smoke_windows(model)))
    assert table.schema.names == [*KEYS, "window_end", *FEATURES]
    assert table.num_rows == 8
    assert set(table["device"].to_pylist()) <= {f"d{n}" for n in range(20)}
    assert set(table["value_mean"].to_pylist()) == {1.5}
    assert smoke_windows(model) == smoke_windows(model)


def test_a_model_may_bring_its_own_windows(model: LocalModel) -> None:
    """`smoke.parquet` in its folder is taken as it is."""
    (model.folder / "smoke.parquet").write_bytes(b"its own")
    assert smoke_windows(model) == b"its own"


def test_a_model_without_keys_of_its_own_gets_some(model: LocalModel) -> None:
    """A global model takes any key."""
    (model.folder / "keys.parquet").unlink()
    table = pq.read_table(BytesIO(smoke_windows(model)))
    assert table["device"].to_pylist() == ["smoke-1", "smoke-2"]


def test_without_statistics_there_are_no_windows(model: LocalModel) -> None:
    """The error names both ways out."""
    (model.folder / "statistics.json").unlink()
    with pytest.raises(UsageError, match=r"neither smoke\.parquet nor .* --no-smoke"):
        smoke_windows(model)


def test_the_name_is_that_of_what_is_deployed(model: LocalModel) -> None:
    """Another code is another proof; other words are not."""
    fields = {"code": "c:1", "description": "old", "tags.a": "b"}
    name = job_name("anomaly", "fleet", "v1.0", fields)
    assert name.startswith("smoke-anomaly-fleet-v1-0-")
    assert job_name("anomaly", "fleet", "v1.0", fields | {"description": "new"}) == name
    assert job_name("anomaly", "fleet", "v1.0", fields | {"code": "c:2"}) != name


def test_a_row_per_window_by_the_right_version_is_a_proof(model: LocalModel) -> None:
    """In any order, over any number of files."""
    windows = smoke_windows(model)
    table = predictions(windows)
    files = [parquet(table.slice(3)), parquet(table.slice(0, 3))]
    assert problems_of(model, windows, files) == []


def test_everything_else_is_told(model: LocalModel) -> None:
    """Lost rows, rejected rows and another version, each with its number."""
    windows = smoke_windows(model)
    table = predictions(windows, "v0", "nan: score").slice(0, 5)
    assert problems_of(model, windows, [parquet(table)]) == [
        "each window must have one row: 3 have none, 0 rows are too many",
        "1 windows were rejected; the first: nan: score",
        "`model_version` must be v1; got v0",
    ]
    (told,) = problems_of(model, windows, [])
    assert told.startswith("it wrote no parquet file of predictions")
    bare = parquet(table.drop_columns(["sensor"]))
    assert problems_of(model, windows, [bare]) == ["its predictions lack the columns sensor"]
