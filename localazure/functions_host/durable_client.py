"""The durable client binding: the JSON that the SDK's client is made of."""

import json
from collections.abc import Mapping
from typing import Any

# The SDK replaces this word in the URLs by the id of an instance.
INSTANCE_PLACEHOLDER = "INSTANCEID"
WEBHOOK_PATH = "/runtime/webhooks/durabletask"
RPC_PATH = "/durabletask"


class ClientBinding:
    """Knows where the host listens and which key its webhooks ask for."""

    def __init__(self, base_url: str, task_hub: str, key: str | None) -> None:
        self.base_url = base_url
        self._task_hub = task_hub
        self._key_query = f"code={key}" if key else ""

    def to_json(self, binding: Mapping[str, Any]) -> str:
        """Return what the durable client parameter of a function receives."""
        hub = str(binding.get("taskHub") or self._task_hub)
        connection = str(binding.get("connectionName") or "Storage")
        return json.dumps(
            {
                "taskHubName": hub,
                "creationUrls": self._creation_urls(),
                "managementUrls": self.management_urls(
                    self.base_url, INSTANCE_PLACEHOLDER, hub, connection
                ),
                "baseUrl": self.base_url + WEBHOOK_PATH,
                "requiredQueryStringParameters": self._key_query,
                "rpcBaseUrl": f"{self.base_url}{RPC_PATH}/",
            }
        )

    def management_urls(
        self, base_url: str, instance_id: str, hub: str = "", connection: str = "Storage"
    ) -> dict[str, str]:
        """Return the check-status payload of an instance."""
        instance = f"{base_url}{WEBHOOK_PATH}/instances/{instance_id}"
        suffix = f"taskHub={hub or self._task_hub}&connection={connection}"
        if self._key_query:
            suffix += f"&{self._key_query}"
        return {
            "id": instance_id,
            "statusQueryGetUri": f"{instance}?{suffix}",
            "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}?{suffix}",
            "terminatePostUri": f"{instance}/terminate?reason={{text}}&{suffix}",
            "rewindPostUri": f"{instance}/rewind?reason={{text}}&{suffix}",
            "purgeHistoryDeleteUri": f"{instance}?{suffix}",
            "restartPostUri": f"{instance}/restart?{suffix}",
            "suspendPostUri": f"{instance}/suspend?reason={{text}}&{suffix}",
            "resumePostUri": f"{instance}/resume?reason={{text}}&{suffix}",
        }

    def _creation_urls(self) -> dict[str, str]:
        prefix = f"{self.base_url}{WEBHOOK_PATH}/orchestrators/{{functionName}}[/{{instanceId}}]"
        wait = "timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}"
        return {
            "createNewInstancePostUri": f"{prefix}?{self._key_query}",
            "createAndWaitOnNewInstancePostUri": f"{prefix}?{wait}&{self._key_query}",
        }
