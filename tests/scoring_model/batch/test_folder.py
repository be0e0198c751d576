"""Model folders: written whole, found wherever Azure ML puts them, refused with a reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
import yaml

from batch.errors import ModelContractError, ModelFolderError
from batch.folder import find_model_folder, read_known_keys, read_model_folder
from batch.known_keys import KnownKeys
from batch.saving import set_current, write_model_folder
from batch.scoring import open_scorer
from tests.scoring_model.batch.conftest import DESCRIPTION, OUTPUTS


def _write(out: Path, weight: str, version: str | None = None) -> Path:
    def content(folder: Path) -> None:
        (folder / "shards").mkdir()
        (folder / "shards" / "0.txt").write_text(weight)

    statistics = {"schema_version": 1, "rows": 0, "columns": {}}
    return write_model_folder(out, DESCRIPTION, statistics, content, version=version)


def test_what_is_written_is_read(model_dir: Path, windows: pd.DataFrame) -> None:
    """A model folder says what its model is called, needs, answers and knows."""
    model = read_model_folder(model_dir)
    assert model.path == model_dir / model.version
    assert (model_dir / "CURRENT").read_text() == f"{model.version}\n"
    assert model.version.startswith("20260301-")
    assert (model.name, model.module, dict(model.outputs)) == ("heat", "heat", OUTPUTS)
    assert model.keys == ("device", "sensor")
    assert model.features == ("value_mean", "value_max")
    assert model.meta["trained"] == DESCRIPTION.trained
    assert model.statistics["value_mean"]["expected"] == [0.1] * 10
    keys = read_known_keys(model)
    assert keys is not None
    assert keys.num_rows == 8
    flavor = yaml.safe_load((model.path / "MLmodel").read_text())["flavors"]["python_function"]
    assert flavor["loader_module"] == "heat"


def test_the_same_content_is_the_same_version(tmp_path: Path) -> None:
    """Writing twice changes nothing; another content is another version, in use from then on."""
    first, again, other = (_write(tmp_path, weight) for weight in ("1", "1", "2"))
    assert first == again != other
    assert find_model_folder(tmp_path) == other
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [first.name, other.name, "CURRENT"]
    )
    set_current(tmp_path, first.name)
    assert find_model_folder(tmp_path) == first
    with pytest.raises(ModelFolderError, match="holds no version 'nope'"):
        set_current(tmp_path, "nope")


def test_a_version_never_changes(tmp_path: Path) -> None:
    """A name that is given may be given again for the same content only."""
    assert _write(tmp_path, "1", "v7") == _write(tmp_path, "1", "v7") == tmp_path / "v7"
    with pytest.raises(ModelFolderError, match="v7: a version never changes"):
        _write(tmp_path, "2", "v7")
    assert (tmp_path / "v7" / "shards" / "0.txt").read_text() == "1"


def test_a_training_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """A version appears when it is whole."""

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write_model_folder(tmp_path, DESCRIPTION, {}, fail)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("above", ["", "a", "a/b"])
def test_a_model_is_found_below_azureml_model_dir(tmp_path: Path, above: str) -> None:
    """Azure ML mounts a version alone, at or below the folder it names; a laptop has CURRENT."""
    version = _write(tmp_path / "out", "1")
    place = tmp_path / "dir" / above
    shutil.copytree(version, place, dirs_exist_ok=True)
    assert find_model_folder(tmp_path / "dir") == place
    if above != "a/b":
        assert find_model_folder(tmp_path) in (version, place)


def test_several_models_without_current_are_refused(tmp_path: Path) -> None:
    """The error says what was found."""
    for weight in "12":
        _write(tmp_path, weight, f"v{weight}")
    (tmp_path / "CURRENT").unlink()
    with pytest.raises(
        ModelFolderError, match=r"must hold one model \(model.json\); found v1, v2$"
    ):
        find_model_folder(tmp_path)


def test_a_version_that_is_being_written_is_not_found(tmp_path: Path) -> None:
    """What a training that was killed left behind does not count."""
    version = _write(tmp_path, "1")
    version.rename(tmp_path / ".building-1")
    (tmp_path / "CURRENT").unlink()
    with pytest.raises(ModelFolderError, match="found none"):
        find_model_folder(tmp_path)


def _without(name: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        meta = json.loads((folder / "model.json").read_text())
        del meta[name]
        (folder / "model.json").write_text(json.dumps(meta))

    return change


def _with(file: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / file).write_text(text)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (_with("model.json", "{"), "model.json cannot be read"),
        (_with("model.json", '{"schema_version": 1}'), "`schema_version` must be 2; got 1"),
        (_with("statistics.json", "[]"), "`schema_version` must be 1; got None"),
        (_with("MLmodel", "flavors: {}"), "must name flavors.python_function.loader_module"),
        (_with("MLmodel", "a: b: c"), "must name flavors.python_function.loader_module"),
        (_with("../CURRENT", "v9"), "CURRENT names 'v9', which holds no model.json"),
        (_without("features"), "model.json lacks 'features'"),
        (_without("schema_version"), "`schema_version` must be 2; got None"),
    ],
)
def test_a_damaged_folder_is_refused(
    tmp_path: Path, damage: Callable[[Path], object], problem: str
) -> None:
    """The error names the folder and the file."""
    damage(_write(tmp_path, "1"))
    with pytest.raises(ModelFolderError, match=problem):
        read_model_folder(tmp_path)


def test_outputs_have_kinds_that_are_known(tmp_path: Path) -> None:
    """A typing error is found when the model is written."""
    with pytest.raises(ModelFolderError, match=r"`outputs` must name columns of .*'flaot'"):
        write_model_folder(
            tmp_path, replace(DESCRIPTION, outputs={"score": "flaot"}), {}, lambda _: None
        )


def test_damaged_keys_are_refused(model_dir: Path) -> None:
    """Without its keys, a model would take rows that it cannot score."""
    model = read_model_folder(model_dir)
    pd.DataFrame({"device": ["d0"]}).to_parquet(model.path / "keys.parquet")
    with pytest.raises(ModelFolderError, match=r"keys.parquet cannot be used"):
        read_known_keys(model)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "model module heat: cannot be imported: No module named 'heat'"),
        ("def load(folder): pass", r"model module heat: must define predict\(\)"),
    ],
)
def test_the_module_must_keep_the_contract(
    model_dir: Path, code: Callable[[str, str], None], text: str | None, problem: str
) -> None:
    """A deployment without its code says so at once."""
    if text:
        code("heat", text)
    with pytest.raises(ModelContractError, match=problem):
        open_scorer(model_dir)


def test_known_keys_of_any_number_of_columns() -> None:
    """A key is known as a whole; texts that occur in other keys or columns do not make one."""
    keys = pa.table({"a": ["x", "x", "y"], "b": ["1", "2", "1"], "c": ["p", "q", "p"]})
    columns = [["x", "x", "y", "y", "z", None], ["1", "2", "2", "1", "1", "1"], [*"pqpppp"]]
    found = KnownKeys(keys).has([pa.array(column, pa.string()) for column in columns])
    assert found.tolist() == [True, True, False, True, False, False]
    assert not KnownKeys(keys[:0]).has([pa.array(["x"])] * 3).any()
