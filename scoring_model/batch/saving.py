"""Writes a model folder: a version that never changes, and CURRENT, which names the one in use.

The version's name ends in a hash of all that is in it, so the same training gives the same folder
and training twice changes nothing. A version appears when it is whole: it is written beside its
place and then renamed.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from batch.errors import ModelFolderError
from batch.folder import (
    CURRENT_NAME,
    KEYS_NAME,
    META_NAME,
    MLMODEL_NAME,
    SCHEMA_VERSION,
    STATISTICS_NAME,
    check_outputs,
)

HASH_DIGITS = 8


@dataclass(frozen=True)
class Description:
    """What a model folder says of its model, apart from its version.

    `trained` must have `to`, the end of the training span in ISO 8601: it dates the version.
    `more` are entries of model.json that are the model's own.
    """

    name: str
    module: str
    keys: Sequence[str]
    features: Sequence[str]
    outputs: Mapping[str, str]
    code: str
    seed: int
    trained: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)


def write_model_folder(
    out: Path,
    description: Description,
    statistics: Mapping[str, Any],
    content: Callable[[Path], object],
    *,
    known_keys: pd.DataFrame | None = None,
    version: str | None = None,
) -> Path:
    """Writes `out`/VERSION, points CURRENT at it, and returns the version's folder.

    `content` writes the model's own files into the folder it is given. `known_keys` has one column
    of texts per key column; without it, the model takes any key. `version` is made up unless given.

    Raises ModelFolderError if a given version is already there with another content.
    """
    check_outputs(out, description.outputs)
    building = out / f".building-{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        content(building)
        _write_text(building / STATISTICS_NAME, _json(statistics))
        if known_keys is not None:
            _write_keys(building / KEYS_NAME, known_keys, description.keys)
        meta = _meta(description)
        digest = _digest(building, meta)
        name = version or f"{_day(description.trained)}-{digest[:HASH_DIGITS]}"
        _write_text(building / META_NAME, _json({**meta, "version": name, "content": digest}))
        _write_text(building / MLMODEL_NAME, _mlmodel(description.module))
        _put(building, out / name, digest)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    set_current(out, name)
    return out / name


def set_current(out: Path, version: str) -> None:
    """Makes `version`, which must be there, the one in use."""
    if not (out / version / META_NAME).is_file():
        raise ModelFolderError(out, f"holds no version {version!r}")
    passing = out / f".{CURRENT_NAME}.{os.getpid()}.tmp"
    _write_text(passing, f"{version}\n")
    passing.replace(out / CURRENT_NAME)


def _meta(description: Description) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "name": description.name,
        "keys": list(description.keys),
        "features": list(description.features),
        "outputs": dict(description.outputs),
        "code": description.code,
        "seed": description.seed,
        "trained": dict(description.trained),
        **description.more,
    }


def _day(trained: Mapping[str, Any]) -> str:
    return str(trained["to"])[:10].replace("-", "")


def _digest(folder: Path, meta: Mapping[str, Any]) -> str:
    """A hash of all files and of what model.json will say."""
    digest = hashlib.sha256(_json(meta).encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _put(building: Path, place: Path, digest: str) -> None:
    if not place.exists():
        building.rename(place)
        return
    try:
        there = json.loads((place / META_NAME).read_text(encoding="utf-8")).get("content")
    except (OSError, ValueError, AttributeError):
        there = None
    if there != digest:
        problem = "a version never changes; this one is there with another content"
        raise ModelFolderError(place, problem)


def _write_keys(path: Path, known_keys: pd.DataFrame, names: Sequence[str]) -> None:
    """Writes each key once, in order, whatever the order they come in."""
    columns = {name: pa.array(known_keys[name].astype(str), pa.string()) for name in names}
    table = pa.table(columns).group_by(list(names)).aggregate([])
    table = table.sort_by([(name, "ascending") for name in names])
    pq.write_table(table.select(list(names)), path, compression="zstd")


def _mlmodel(module: str) -> str:
    flavor = {"loader_module": module, "python_version": platform.python_version()}
    return yaml.safe_dump({"flavors": {"python_function": flavor}}, sort_keys=False)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
