"""Where the addresses in a job point to: a container of the lake and a path in it.

Azure ML's forms, from "Storage URIs" in "Access data in a job":
``azureml://datastores/DS/paths/P``,
``azureml://subscriptions/S/resourcegroups/G/workspaces/W/datastores/DS/paths/P``, and the https
address of a blob.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from localazure.mlbatch.errors import JobFailedError
from localazure.mlbatch.settings import Model

_AZUREML = re.compile(
    r"^azureml://(?:subscriptions/[^/]+/resourcegroups/[^/]+/workspaces/[^/]+/)?"
    r"datastores/(?P<datastore>[^/]+)/paths/(?P<path>.*)$",
    re.IGNORECASE,
)


_DEFAULT = "workspaceblobstore"


class LakePath(Model):
    """A blob, or the folder of the blobs whose names start with ``path`` and a slash."""

    container: str
    path: str


@dataclass(frozen=True)
class Resolver:
    """Turns addresses into lake paths.

    ``containers`` maps datastores to containers; ``account_url`` is the lake's address.
    """

    containers: Mapping[str, str]
    account_url: str

    @property
    def default_datastore(self) -> str:
        """The datastore of jobs that name no output: Azure ML's own, or else the first one."""
        return default_datastore(self.containers)

    def resolve(self, uri: str) -> LakePath:
        """Return where ``uri`` points; raise ``JobFailedError`` when that is nowhere known."""
        if match := _AZUREML.match(uri):
            return LakePath(
                container=self._container(match["datastore"], uri), path=_clean(match["path"], uri)
            )
        prefix = self.account_url.rstrip("/") + "/"
        if self.account_url and uri.startswith(prefix):
            container, _, path = uri.removeprefix(prefix).partition("/")
            return LakePath(container=container, path=_clean(path, uri))
        raise JobFailedError(
            f"the address '{uri}' must be azureml://datastores/NAME/paths/PATH, or an https "
            f"address in the local lake ({prefix})"
        )

    def _container(self, datastore: str, uri: str) -> str:
        try:
            return self.containers[datastore]
        except KeyError:
            known = ", ".join(sorted(self.containers)) or "none"
            raise JobFailedError(
                f"the datastore '{datastore}' of '{uri}' does not exist; registered: {known}"
            ) from None


def default_datastore(names: Iterable[str]) -> str:
    """Return which of the registered datastores is the workspace's default."""
    registered = list(names)
    return _DEFAULT if _DEFAULT in registered or not registered else registered[0]


def _clean(path: str, uri: str) -> str:
    parts = [part for part in path.split("/") if part]
    if ".." in parts or "." in parts:
        raise JobFailedError(f"the address '{uri}' must not step through '.' or '..'")
    return "/".join(parts)
