"""Names of what a deployment refers to, as they come: ARM ids, and azure-ai-ml's short forms.

``.../workspaces/W/models/NAME/versions/VERSION`` and ``azureml:NAME:VERSION`` mean the same.
"""

import re
from dataclasses import dataclass
from typing import Literal

from localazure.mlbatch.errors import InvalidRequestError

Kind = Literal["models", "codes", "environments"]
KINDS: tuple[Kind, ...] = ("models", "codes", "environments")

_ASSET = re.compile(r"^azureml:(?P<name>[^:/@]+):(?P<version>[^:/@]+)$")
_COMPUTE = re.compile(r"^(?:azureml:)?(?P<name>[a-zA-Z][a-zA-Z0-9-]*)$")
# Azure's rule for the names and versions of assets; an anonymous one is named by a hash.
_NAME = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,254}$")


@dataclass(frozen=True)
class AssetKey:
    """Which asset; ``name`` and ``version`` are safe to be names of folders."""

    kind: Kind
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}:{self.version}"


def asset_key(kind: Kind, name: str, version: str) -> AssetKey:
    """Return the key of an asset that is to be created; raise ``InvalidRequestError``."""
    problems = [
        f"`{field}`: must be 1 to 255 letters, digits, '.', '_' or '-', and begin with a letter "
        f"or digit; got {text!r}"
        for field, text in (("name", name), ("version", version))
        if not _NAME.match(text)
    ]
    if problems:
        raise InvalidRequestError(problems)
    return AssetKey(kind, name, version)


@dataclass(frozen=True)
class Ids:
    """Reads ids of one workspace; ``workspace_id`` is its ARM id."""

    workspace_id: str

    def asset(self, kind: Kind, field: str, text: str) -> AssetKey:
        """Return which asset an id names; raise ``InvalidRequestError`` when it names none."""
        if (match := _ASSET.match(text)) or (match := self._below(f"{kind}/NAME/versions", text)):
            return asset_key(kind, match["name"], match["version"])
        raise InvalidRequestError(
            [
                f"`{field}`: must be {self.workspace_id}/{kind}/NAME/versions/VERSION or "
                f"azureml:NAME:VERSION; got {text!r}"
            ]
        )

    def compute(self, field: str, text: str) -> str:
        """Return the name of a compute; raise ``InvalidRequestError`` when it is no id of one."""
        if (match := _COMPUTE.match(text)) or (match := self._below("computes", text)):
            return match["name"]
        raise InvalidRequestError(
            [f"`{field}`: must be {self.workspace_id}/computes/NAME or azureml:NAME; got {text!r}"]
        )

    def _below(self, path: str, text: str) -> re.Match[str] | None:
        # ARM ignores the case of all but names.
        start = re.escape(self.workspace_id)
        if path == "computes":
            tail = "computes/(?P<name>[^/]+)"
        else:
            tail = path.replace("NAME", "(?P<name>[^/]+)") + "/(?P<version>[^/]+)"
        return re.match(f"^(?:azureml:)?{start}/{tail}$", text, re.IGNORECASE)
