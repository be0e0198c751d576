"""The model's files: shards of neighbouring keys, and an index that says which key is where.

    shards/index.json    the columns, and of each shard: file, number of keys, first key, checksum
    shards/00000.npz     the keys and numbers of at most SHARD_KEYS keys

A shard is some ten kilobytes, so that scoring a part, whose rows are sorted by key, reads little of
thousands of models. Nothing in the files is code, nor a clock's time: reading them runs nothing,
and the same model gives the same bytes. A model of all keys together is one shard with the key ().
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from anomaly.detector import Detector
from anomaly.features import Feature
from batch.errors import ModelFolderError
from batch.training import SHARDS

SCHEMA_VERSION = 2
INDEX_NAME = "index.json"
ARRAYS = ("floor", "location", "scale", "whitening", "threshold")
SHARD_KEYS = 256
SHARD_VALUES = 1 << 19  # doubles of the largest array of a shard: 4 MB, if features are many

Key = tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """A shard as the index tells of it."""

    file: str
    keys: int
    first: Key
    sha256: str


@dataclass(frozen=True)
class Index:
    """What is where: `keys` are the key columns, none in a model of all keys together."""

    keys: tuple[str, ...]
    features: tuple[Feature, ...]
    shards: tuple[Entry, ...]

    def home(self, key: Key) -> int:
        """The shard that holds `key`, if any does."""
        return max(0, bisect_right(self.shards, key, key=lambda entry: entry.first) - 1)


@dataclass(frozen=True)
class Shard:
    """The model of some keys: row i of the detector's arrays belongs to the key at position i."""

    places: dict[Key, int]
    detector: Detector

    @property
    def size_bytes(self) -> int:
        """What its arrays take in memory."""
        return sum(getattr(self.detector, name).nbytes for name in ARRAYS)


def write_shards(
    folder: Path, columns: Sequence[str], keys: Sequence[Key], detector: Detector
) -> None:
    """Writes the model below `folder`; `keys` are sorted, one for each row of the detector."""
    (folder / SHARDS).mkdir()
    entries: list[Entry] = []
    most = max(1, min(SHARD_KEYS, SHARD_VALUES // len(detector.features) ** 2))
    for start in range(0, len(keys), most):
        some = keys[start : start + most]
        numbers = {name: getattr(detector, name)[start : start + most] for name in ARRAYS}
        content = _pack(some, numbers)
        name = f"{len(entries):05d}.npz"
        (folder / SHARDS / name).write_bytes(content)
        entries.append(Entry(name, len(some), some[0], hashlib.sha256(content).hexdigest()))
    index = Index(tuple(columns), detector.features, tuple(entries))
    text = json.dumps({"schema_version": SCHEMA_VERSION, **asdict(index)}, indent=1)
    (folder / SHARDS / INDEX_NAME).write_text(text + "\n", encoding="utf-8")


def read_index(folder: Path) -> Index:
    """The index of the model in `folder`.

    Raises ModelFolderError if it is not there, damaged, or of another schema version.
    """
    name = f"{SHARDS}/{INDEX_NAME}"
    try:
        meta = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFolderError(folder, f"{name} cannot be read: {error}") from error
    version = meta.get("schema_version") if isinstance(meta, dict) else None
    if version != SCHEMA_VERSION:
        problem = f"{name}: `schema_version` must be {SCHEMA_VERSION}; got {version!r}"
        raise ModelFolderError(folder, problem)
    try:
        shards = tuple(replace(e, first=tuple(e.first)) for e in _entries(meta))
        features = tuple(Feature(**feature) for feature in meta["features"])
        index = Index(tuple(meta["keys"]), features, shards)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFolderError(folder, f"{name} is damaged: {error!r}") from error
    if not shards or any(len(entry.first) != len(index.keys) for entry in shards):
        raise ModelFolderError(folder, f"{name} is damaged: its shards do not fit its keys")
    return index


def read_shard(folder: Path, index: Index, number: int) -> Shard:
    """A shard of the model in `folder`; raises ModelFolderError if it is not as the index says."""
    entry = index.shards[number]
    name = f"{SHARDS}/{entry.file}"
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ModelFolderError(folder, f"{name} cannot be read: {error}") from error
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise ModelFolderError(folder, f"{name} is not the file that {INDEX_NAME} describes")
    try:
        with np.load(BytesIO(content), allow_pickle=False) as stored:
            texts = [stored[f"key_{i}"].tolist() for i in range(len(index.keys))]
            detector = Detector(index.features, **{name: stored[name] for name in ARRAYS})
    except (KeyError, ValueError, EOFError, BadZipFile) as error:
        raise ModelFolderError(folder, f"{name} is damaged: {error!r}") from error
    keys = list(zip(*texts, strict=True)) if texts else [()]
    return Shard({key: place for place, key in enumerate(keys)}, detector)


def _entries(meta: dict[str, Any]) -> list[Entry]:
    return [Entry(**entry) for entry in meta["shards"]]


def _pack(keys: Sequence[Key], numbers: dict[str, Any]) -> bytes:
    texts = {f"key_{i}": np.array(column) for i, column in enumerate(zip(*keys, strict=True))}
    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, **texts, **numbers)
    return buffer.getvalue()
