"""A model on disk: a folder with `model.npz` (the numbers) and `model.json` (what they are).

Two files, whatever the number of keys. Neither holds a clock's time, so the same windows give the
same bytes; nothing in them is code, so loading a model runs none.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from anomaly.detector import Detector
from anomaly.errors import BundleError
from anomaly.features import Feature
from anomaly.keys import KeyIndex

SCHEMA_VERSION = 1
META_NAME, ARRAYS_NAME = "model.json", "model.npz"
ARRAYS = ("floor", "location", "scale", "whitening", "threshold")
SCORING_MODULES = ("detector.py", "features.py", "keys.py", "parts.py")


@dataclass(frozen=True)
class Bundle:
    """A model and what is known of it: `training` is a plain dict of counts and times."""

    name: str
    version: str
    detector: Detector
    training: dict[str, Any]


def save(bundle: Bundle, folder: Path) -> None:
    """Writes the model into `folder`, replacing the one that is there."""
    detector = bundle.detector
    arrays = _pack(detector)
    meta = {
        "schema_version": SCHEMA_VERSION,
        "name": bundle.name,
        "version": bundle.version,
        "keys": list(detector.keys.names),
        "features": [asdict(feature) for feature in detector.features],
        "training": bundle.training,
        "code": code_hash(),
        "arrays": {"file": ARRAYS_NAME, "sha256": hashlib.sha256(arrays).hexdigest()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / ARRAYS_NAME, arrays)
    _replace(folder / META_NAME, (json.dumps(meta, indent=2) + "\n").encode())


def load(model_dir: Path) -> Bundle:
    """Reads the model in `model_dir`, or in its only sub-folder that holds one.

    Azure ML sets AZUREML_MODEL_DIR to the model's folder or to the one above it. Raises
    BundleError if there is no model, or if it is damaged or of another schema version.
    """
    folder = _find(model_dir)
    try:
        meta = json.loads((folder / META_NAME).read_text(encoding="utf-8"))
        arrays = (folder / ARRAYS_NAME).read_bytes()
    except (OSError, ValueError) as error:
        raise BundleError(folder, f"cannot be read: {error}") from error
    if not isinstance(meta, dict) or meta.get("schema_version") != SCHEMA_VERSION:
        found = meta.get("schema_version") if isinstance(meta, dict) else None
        raise BundleError(folder, f"`schema_version` must be {SCHEMA_VERSION}; got {found!r}")
    try:
        if hashlib.sha256(arrays).hexdigest() != meta["arrays"]["sha256"]:
            raise BundleError(folder, f"{ARRAYS_NAME} is not the file that {META_NAME} describes")
        detector = _unpack(arrays, meta)
        return Bundle(meta["name"], meta["version"], detector, meta["training"])
    except (KeyError, TypeError, ValueError, BadZipFile) as error:
        raise BundleError(folder, f"is damaged: {error!r}") from error


def default_version(detector: Detector, span_to: str) -> str:
    """A version that names the day a training span ended and, by a hash, the model itself."""
    digest = hashlib.sha256(_pack(detector)).hexdigest()
    return f"{span_to[:10].replace('-', '')}-{digest[:8]}"


def code_hash() -> str:
    """Tells one state of the scoring code from another: twelve hexadecimal digits."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for name in SCORING_MODULES:
        digest.update((here / name).read_bytes())
    return digest.hexdigest()[:12]


def _find(model_dir: Path) -> Path:
    if (model_dir / META_NAME).is_file():
        return model_dir
    below = sorted(path.parent for path in model_dir.glob(f"*/{META_NAME}"))
    if len(below) == 1:
        return below[0]
    found = f"{len(below)} folders with one" if below else "none"
    raise BundleError(model_dir, f"must hold one model ({META_NAME}); found {found}")


def _pack(detector: Detector) -> bytes:
    columns = {f"key_{i}": np.array(c, dtype=str) for i, c in enumerate(detector.keys.columns)}
    numbers = {name: getattr(detector, name) for name in ARRAYS}
    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, **columns, **numbers)
    return buffer.getvalue()


def _unpack(arrays: bytes, meta: dict[str, Any]) -> Detector:
    with np.load(BytesIO(arrays), allow_pickle=False) as stored:
        columns = [stored[f"key_{i}"].tolist() for i in range(len(meta["keys"]))]
        return Detector(
            features=tuple(Feature(**feature) for feature in meta["features"]),
            keys=KeyIndex(meta["keys"], columns),
            **{name: stored[name] for name in ARRAYS},
        )


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)
