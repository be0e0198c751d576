"""The scoring code as Azure ML will have it: the files that `.amlignore` leaves, and their hash."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy_model.planning import Resource

HASH_DIGITS = 16


@dataclass(frozen=True)
class Code:
    """A code asset. `content` is the SDK's hash of its files, by which the service knows code that
    it has; the version is its beginning, so the same code is the same asset."""

    name: str
    content: str
    folder: Path

    @property
    def version(self) -> str:
        """The asset's version."""
        return self.content[:HASH_DIGITS]

    @property
    def id(self) -> str:
        """`NAME:VERSION`."""
        return f"{self.name}:{self.version}"

    @property
    def resource(self) -> Resource:
        """The asset as a resource: there is nothing to compare beyond its name."""
        return Resource("code", self.id)

    def entity(self) -> Any:
        """The asset as azure-ai-ml uploads it."""
        return _entity(self.name, self.version, self.folder)


def read_code(endpoint: str, folder: Path) -> Code:
    """The code in `folder`, named after the endpoint that it scores for."""
    name = f"{endpoint}-code"
    return Code(name, str(_entity(name, "0", folder)._hash_sha256), folder)


def _entity(name: str, version: str, folder: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from azure.ai.ml.entities._assets import Code as CodeAsset

        return CodeAsset(name=name, version=version, path=str(folder.resolve()))
