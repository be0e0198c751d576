"""The bodies of answers about the workspace, in the shapes that azure-ai-ml's models expect."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_PROVIDER = "Microsoft.MachineLearningServices"
_LOCATION = "local"

Body = dict[str, Any]


@dataclass(frozen=True)
class Workspace:
    """Writes bodies for one workspace; ``base_url`` is the server's, without a slash at its end."""

    subscription_id: str
    resource_group: str
    name: str
    base_url: str

    @property
    def id(self) -> str:
        """The workspace's ARM id, which is also the path of its resources."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/{_PROVIDER}/workspaces/{self.name}"
        )

    def workspace(self) -> Body:
        """Return the workspace itself."""
        properties = {
            "friendlyName": self.name,
            "workspaceId": self.name,
            "discoveryUrl": f"{self.base_url}/mlbatch/discovery",
            "provisioningState": "Succeeded",
        }
        return self.resource(self.id, "", self.name, properties, location=_LOCATION)

    def datastore(self, name: str, container: str, account_url: str) -> Body:
        """Return a datastore."""
        scheme, _, rest = account_url.partition("://")
        endpoint, _, account = rest.rpartition("/")
        properties = {
            "datastoreType": "AzureBlob",
            "accountName": account,
            "containerName": container,
            "credentials": {"credentialsType": "None"},
            "endpoint": endpoint,
            "protocol": scheme,
            "serviceDataAccessAuthIdentity": "WorkspaceSystemAssignedIdentity",
        }
        return self.child("datastores", name, properties)

    def child(
        self, kind: str, name: str, properties: Body, tags: Mapping[str, object] | None = None
    ) -> Body:
        """Return a resource of the workspace; ``kind`` is the path that leads to its name."""
        location = _LOCATION if kind.startswith("batch") else None
        return self.resource(f"{self.id}/{kind}/{name}", kind, name, properties, tags, location)

    def resource(
        self,
        resource_id: str,
        kind: str,
        name: str,
        properties: Body,
        tags: Mapping[str, object] | None = None,
        location: str | None = None,
    ) -> Body:
        """Return any resource of Azure Resource Manager."""
        kinds = [part for index, part in enumerate(kind.split("/")) if index % 2 == 0 and part]
        body: Body = {
            "id": resource_id,
            "name": name,
            "type": "/".join([_PROVIDER, "workspaces", *kinds]),
            "properties": properties,
            "tags": dict(tags or {}),
        }
        if location:
            body["location"] = location
        return body


def page(items: Iterable[Body], next_link: str | None = None) -> Body:
    """Return one page of a list."""
    return {"value": list(items), "nextLink": next_link}
