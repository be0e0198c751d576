"""The model folder on disk: which version is meant, what is in it, and the hash of its content.

The layout is that of `scoring_model/train.py`: `models/NAME/VERSION/` with `model.json`, and
`models/NAME/CURRENT` naming the version in use.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from deploy_model.errors import UsageError

META, CURRENT = "model.json", "CURRENT"
ASSET_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}"
"""What Azure ML takes as the name or the version of an asset."""
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class LocalModel:
    """One version of a model: `files` maps the paths in `folder` to their SHA-256."""

    name: str
    version: str
    folder: Path
    meta: Mapping[str, Any]

    @cached_property
    def files(self) -> dict[str, str]:
        """The files, sorted by path."""
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): _sha256(path) for path in paths}

    @cached_property
    def content(self) -> str:
        """One hash of all paths and contents: the same model has the same, wherever it lies."""
        lines = "".join(f"{digest}  {path}\n" for path, digest in self.files.items())
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def keys(self) -> list[str]:
        """The names of the key columns."""
        return [str(name) for name in self.meta.get("keys", [])]

    @property
    def features(self) -> list[str]:
        """The names of the features."""
        return [str(name) for name in self.meta.get("features", [])]


def find_model(path: Path) -> LocalModel:
    """The version that `path` stands for: itself, the one that CURRENT names, or the only one.

    Raises UsageError that says what was found instead.
    """
    folder = _version_folder(path)
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder / META} cannot be read: {error}") from error
    if not isinstance(meta, dict):
        raise UsageError(f"{folder / META} must be a JSON object")
    for field in ("name", "version"):
        value = meta.get(field)
        if not isinstance(value, str) or not re.fullmatch(ASSET_NAME, value):
            raise UsageError(f"{folder / META}: `{field}` must match {ASSET_NAME}; got {value!r}")
    for field in ("keys", "features"):
        value = meta.get(field)
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise UsageError(f"{folder / META}: `{field}` must be a list of columns; got {value!r}")
    return LocalModel(meta["name"], meta["version"], folder, meta)


def _version_folder(path: Path) -> Path:
    if (path / META).is_file():
        return path
    if not path.is_dir():
        raise UsageError(f"there is no model in {path}: train one first (scoring_model/train.py)")
    pointer = path / CURRENT
    if pointer.is_file():
        version = pointer.read_text(encoding="utf-8").strip()
        if not (path / version / META).is_file() or Path(version).name != version:
            raise UsageError(f"{pointer} names {version!r}, but there is no {version}/{META}")
        return path / version
    versions = sorted(found.parent for found in path.glob(f"*/{META}"))
    if len(versions) == 1:
        return versions[0]
    there = ", ".join(folder.name for folder in versions) or "no version"
    raise UsageError(f"{path} has neither {META} nor {CURRENT}, and holds {there}")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
