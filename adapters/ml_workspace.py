"""The Azure ML workspace: which one, and the client that is made at first use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from azure.core.credentials import TokenCredential

from adapters.settings import Settings

if TYPE_CHECKING:
    from azure.ai.ml import MLClient


@dataclass(frozen=True)
class Workspace:
    """Which Azure ML workspace, and which of its datastores is the lake."""

    subscription_id: str
    resource_group: str
    name: str
    datastore: str


def workspace_of(settings: Settings) -> Workspace:
    """The app's own."""
    return Workspace(
        settings.azureml_subscription_id,
        settings.azureml_resource_group,
        settings.azureml_workspace,
        settings.azureml_datastore,
    )


class MlWorkspace:
    """What speaks to a workspace. Importing the SDK takes seconds, so the client comes late."""

    def __init__(self, workspace: Workspace, credential: TokenCredential) -> None:
        self._workspace = workspace
        self._credential = credential

    @cached_property
    def _client(self) -> MLClient:
        from azure.ai.ml import MLClient

        w = self._workspace
        return MLClient(self._credential, w.subscription_id, w.resource_group, w.name)


def text_of(value: object) -> str:
    """A word of the wire; the SDK gives an enum, text or nothing, by the kind of thing."""
    return str(value.value if isinstance(value, Enum) else value or "")
