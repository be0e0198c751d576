"""A model folder, found and read: `MLmodel`, `model.json`, `statistics.json`, `keys.parquet`.

What the model keeps beside them is the model's own. Nothing here runs code or loads what is large,
so a folder of thousands of keys is read in milliseconds. `saving.py` writes such folders.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from batch.errors import ModelFolderError

SCHEMA_VERSION = 2
STATISTICS_VERSION = 1
CURRENT_NAME = "CURRENT"
MLMODEL_NAME = "MLmodel"
META_NAME = "model.json"
STATISTICS_NAME = "statistics.json"
KEYS_NAME = "keys.parquet"
LEVELS = 2  # how far below AZUREML_MODEL_DIR a model folder may lie
KINDS = ("float", "integer", "boolean", "string")


@dataclass(frozen=True)
class ModelFolder:
    """What a model folder says of its model.

    `outputs` names a kind per column: one of KINDS, with `?` behind it if a value may be missing.
    `meta` is all of model.json, `statistics` the columns of statistics.json (empty without one).
    """

    path: Path
    module: str
    name: str
    version: str
    keys: tuple[str, ...]
    features: tuple[str, ...]
    outputs: Mapping[str, str]
    meta: Mapping[str, Any] = field(repr=False)
    statistics: Mapping[str, Mapping[str, Any]] = field(repr=False)


def find_model_folder(model_dir: Path) -> Path:
    """The folder of the version in use: `model_dir`, or one at most two levels below it.

    Azure ML sets AZUREML_MODEL_DIR to the model's folder or to one above it; on a laptop it may
    hold several versions, of which CURRENT names one. Raises ModelFolderError that says what was
    found, if that is not one model.
    """
    below = [model_dir, *_folders_below(model_dir, LEVELS)]
    for folder in below:
        # First of all: what an older version of this code has left beside it does not count.
        if (folder / CURRENT_NAME).is_file():
            return _current(folder)
    if (model_dir / META_NAME).is_file():
        return model_dir
    found = [folder for folder in below if (folder / META_NAME).is_file()]
    if len(found) == 1:
        return found[0]
    names = ", ".join(folder.relative_to(model_dir).as_posix() for folder in found) or "none"
    raise ModelFolderError(model_dir, f"must hold one model ({META_NAME}); found {names}")


def read_model_folder(model_dir: Path) -> ModelFolder:
    """Reads what the model folder in `model_dir` says; raises ModelFolderError if it cannot."""
    folder = find_model_folder(model_dir)
    meta = _read_json(folder / META_NAME, SCHEMA_VERSION)
    has_statistics = (folder / STATISTICS_NAME).is_file()
    statistics = _read_json(folder / STATISTICS_NAME, STATISTICS_VERSION) if has_statistics else {}
    try:
        model = ModelFolder(
            path=folder,
            module=_module(folder / MLMODEL_NAME),
            name=str(meta["name"]),
            version=str(meta["version"]),
            keys=_texts(meta["keys"], "keys"),
            features=_texts(meta["features"], "features"),
            outputs=dict(meta["outputs"]),
            meta=meta,
            statistics=dict(statistics.get("columns", {})),
        )
    except KeyError as error:
        raise ModelFolderError(folder, f"{META_NAME} lacks {error}") from error
    except (TypeError, ValueError) as error:
        raise ModelFolderError(folder, f"{META_NAME}: {error}") from error
    check_outputs(folder, model.outputs)
    return model


def read_known_keys(model: ModelFolder) -> pa.Table | None:
    """The known keys, one column of strings per key column; None for a model that takes any key."""
    path = model.path / KEYS_NAME
    if not path.is_file():
        return None
    try:
        table = pq.read_table(path)
        return table.select(list(model.keys)).cast(
            pa.schema([(name, pa.string()) for name in model.keys])
        )
    except (OSError, KeyError, pa.ArrowException) as error:
        raise ModelFolderError(model.path, f"{KEYS_NAME} cannot be used: {error}") from error


def check_outputs(folder: object, outputs: Mapping[str, str]) -> None:
    """Raises ModelFolderError unless there are outputs, each of a kind that is known."""
    wrong = {n: k for n, k in outputs.items() if str(k).removesuffix("?") not in KINDS}
    if wrong or not outputs:
        raise ModelFolderError(
            folder, f"`outputs` must name columns of {', '.join(KINDS)}; got {wrong or 'none'}"
        )


def _folders_below(folder: Path, levels: int) -> list[Path]:
    """Folders up to so many levels down, the nearest first; what is being written is hidden."""
    if not levels or not folder.is_dir():
        return []
    visible = (path for path in folder.iterdir() if not path.name.startswith("."))
    children = sorted(path for path in visible if path.is_dir())
    deeper = [path for child in children for path in _folders_below(child, levels - 1)]
    return [*children, *sorted(deeper)]


def _current(folder: Path) -> Path:
    version = (folder / CURRENT_NAME).read_text(encoding="utf-8").strip()
    if Path(version).name == version and (folder / version / META_NAME).is_file():
        return folder / version
    raise ModelFolderError(folder, f"{CURRENT_NAME} names {version!r}, which holds no {META_NAME}")


def _module(path: Path) -> str:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return str(content["flavors"]["python_function"]["loader_module"])
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        problem = f"{MLMODEL_NAME} must name flavors.python_function.loader_module: {error!r}"
        raise ModelFolderError(path.parent, problem) from error


def _read_json(path: Path, version: int) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFolderError(path.parent, f"{path.name} cannot be read: {error}") from error
    found = content.get("schema_version") if isinstance(content, dict) else None
    if found != version:
        problem = f"{path.name}: `schema_version` must be {version}; got {found!r}"
        raise ModelFolderError(path.parent, problem)
    return dict(content)


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise ValueError(f"`{name}` must be a list of column names; got {value!r}")
    return tuple(value)
