"""Azure ML's deployment files in scoring_model/: which one scores a pipeline, and with what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from commands.errors import UsageError
from domain.pipeline import Pipeline

TRAINER_TAG = "trainer"


@dataclass(frozen=True)
class DeploymentFile:
    """A deployment file: the folder of its model, and the kind of model that is trained for it."""

    path: Path
    model: Path
    trainer: str | None


def deployment_of(pipeline: Pipeline, folder: Path) -> DeploymentFile:
    """The deployment that the pipeline names, or its endpoint's default.

    Raises UsageError if no file in `folder` describes it, or its model is not a folder.
    """
    endpoint = pipeline.model.endpoint
    wanted = pipeline.model.deployment or _default(endpoint, folder)
    for path in sorted(folder.glob("deployment*.yml")):
        document = _read(path)
        if document.get("endpoint_name") == endpoint and document.get("name") == wanted:
            model = document.get("model")
            if not isinstance(model, dict) or not model.get("path"):
                raise UsageError(f"{path.name}: `model.path` must name a folder to train into")
            tags = document.get("tags") or {}
            return DeploymentFile(path, path.parent / str(model["path"]), tags.get(TRAINER_TAG))
    which = f"deployment {wanted!r}" if wanted else "a default deployment"
    raise UsageError(
        f"no deployment*.yml in {folder} describes {which} of endpoint {endpoint!r}: "
        "name the model's folder with --out"
    )


def _default(endpoint: str, folder: Path) -> str | None:
    for path in sorted(folder.glob("endpoint*.yml")):
        document = _read(path)
        if document.get("name") == endpoint:
            return (document.get("defaults") or {}).get("deployment_name")
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path}: cannot be read as YAML: {error}".replace("\n", " ")) from error
    return document if isinstance(document, dict) else {}
