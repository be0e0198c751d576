"""Create the containers of the configuration, as ``infra/`` does in Azure.

One REST call each ("Create Container"), spoken by hand: importing azure-storage-blob would add a
second to every start.
"""

import asyncio
import http.client
import ssl
from collections.abc import Sequence
from email.utils import formatdate
from pathlib import Path
from urllib.parse import urlsplit

from localazure.errors import LocalAzureError

STORAGE_AUDIENCE = "https://storage.azure.com"

_API_VERSION = "2021-12-02"
_TIMEOUT_S = 30.0


async def create_containers(
    blob_uri: str, containers: Sequence[str], *, token: str, authority: Path
) -> None:
    """Create those of ``containers`` that do not exist yet, with a token for storage.

    Raises:
        LocalAzureError: if the blob service refuses.
    """
    for container in containers:
        await asyncio.to_thread(_create, blob_uri, container, token, authority)


def _create(blob_uri: str, container: str, token: str, authority: Path) -> None:
    address = urlsplit(blob_uri)
    connection = http.client.HTTPSConnection(
        address.hostname or "",
        address.port,
        timeout=_TIMEOUT_S,
        context=ssl.create_default_context(cafile=str(authority)),
    )
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Length": "0",
        "x-ms-date": formatdate(usegmt=True),
        "x-ms-version": _API_VERSION,
    }
    try:
        connection.request("PUT", f"{address.path}/{container}?restype=container", headers=headers)
        response = connection.getresponse()
        answer = response.read().decode("utf-8", errors="replace")
    finally:
        connection.close()
    if response.status not in (http.HTTPStatus.CREATED, http.HTTPStatus.CONFLICT):
        raise LocalAzureError(
            f"container {container} could not be created: {response.status} {answer}"
        )
