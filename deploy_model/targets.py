"""Where to deploy: a workspace and its lake, of Azure or of the local cloud, found by settings.

The settings are the app's own. Without them it is the local cloud that runs in the state folder:
its variables make Azure's SDKs find it, and nothing else differs.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy_model.errors import DeployError, InputError

WORKSPACE = {
    "AZUREML_SUBSCRIPTION_ID": "LOCALAZURE_SUBSCRIPTION_ID",
    "AZUREML_RESOURCE_GROUP": "LOCALAZURE_RESOURCE_GROUP",
    "AZUREML_WORKSPACE": "LOCALAZURE_WORKSPACE",
    "LAKE__blobServiceUri": "LOCALAZURE_BLOB_URI",
}
"""The settings that name a target, and the local cloud's variables that stand in for them."""

CONTAINER, DATASTORE = "LAKE__container", "AZUREML_DATASTORE"
DEFAULT = "lake"
LISTENS_WITHIN_S = 2.0


@dataclass(frozen=True)
class Target:
    """A workspace, the account and container of its lake, and the datastore registered on it."""

    subscription_id: str
    resource_group: str
    workspace: str
    blob_uri: str
    container: str = DEFAULT
    datastore: str = DEFAULT

    def __str__(self) -> str:
        return f"workspace {self.workspace} in {self.resource_group} ({self.subscription_id})"


def is_local(environment: Mapping[str, str], state: Path | None) -> bool:
    """Whether the local cloud is meant: it was named, or no setting names another."""
    return state is not None or not any(environment.get(name) for name in WORKSPACE)


def local_environment(state: Path) -> dict[str, str]:
    """The variables through which Azure's SDKs find the local cloud that runs in `state`.

    Raises DeployError if none runs.
    """
    advice = "start it with `make up`, or set AZUREML_WORKSPACE and the other settings"
    try:
        found = json.loads((state / "endpoints.json").read_text(encoding="utf-8"))
        variables = {str(name): str(value) for name, value in found["environment"].items()}
        address = urlsplit(variables["LOCALAZURE_BLOB_URI"])
        listens = (address.hostname or "", address.port or 0)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DeployError(f"no local cloud runs in {state}: {advice}") from error
    try:
        # One that was killed leaves its file behind; the SDKs would take minutes to notice.
        with socket.create_connection(listens, LISTENS_WITHIN_S):
            return variables
    except OSError as error:
        raise DeployError(f"nothing answers at {address.netloc}: {advice}") from error


def local_settings(variables: Mapping[str, str]) -> dict[str, str]:
    """The settings that the local cloud's variables stand for."""
    return {name: variables[local] for name, local in WORKSPACE.items() if local in variables}


def find_target(settings: Mapping[str, str]) -> Target:
    """The target that the settings name. Raises InputError with all that is wrong with them."""
    problems = [f"setting `{name}` is required" for name in WORKSPACE if not settings.get(name)]
    uri = settings.get("LAKE__blobServiceUri", "").rstrip("/")
    if uri and not re.fullmatch(r"https://[^/?#]+(/[^/?#]+)?", uri):
        problems.append("setting `LAKE__blobServiceUri` must be an https URL without a query")
    container = settings.get(CONTAINER) or DEFAULT
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{2,62}", container):
        problems.append(f"setting `{CONTAINER}` must be a container's name; got {container!r}")
    datastore = settings.get(DATASTORE) or DEFAULT
    if not re.fullmatch(r"[A-Za-z0-9_]+", datastore):
        problems.append(f"setting `{DATASTORE}` must be a datastore's name; got {datastore!r}")
    if problems:
        raise InputError(problems)
    return Target(
        settings["AZUREML_SUBSCRIPTION_ID"],
        settings["AZUREML_RESOURCE_GROUP"],
        settings["AZUREML_WORKSPACE"],
        uri,
        container,
        datastore,
    )
