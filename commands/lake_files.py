"""The lake, as far as a command needs it: which one, and a folder of it on the local disk.

In Azure the settings name it, as they do for the app. Without them it is that of the local cloud,
which says in its state folder how to reach it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.errors import CommandError
from commands.local_cloud import local_environment

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

URI, CONTAINER = "LAKE__blobServiceUri", "LAKE__container"
TRANSFERS = 4


def open_lake(state: Path) -> ContainerClient:
    """The lake's container, by identity. Raises CommandError if no lake is known.

    For the local cloud its variables are put into this process's environment, where
    azure-identity looks for them.
    """
    from azure.identity import DefaultAzureCredential
    from azure.storage.blob import ContainerClient

    uri = os.environ.get(URI)
    if not uri:
        local = local_environment(state)
        uri = local.get("LOCALAZURE_BLOB_URI")
        if not uri:
            raise CommandError(
                f"no lake is known: no local cloud runs in {state} (start it with `make up`), and "
                f"the setting {URI} is not there"
            )
        os.environ.update(local)
    container = os.environ.get(CONTAINER) or "lake"
    return ContainerClient(uri, container, DefaultAzureCredential())


def download_folder(
    state: Path, folder: str, target: Path, progress: Callable[[int, int], None]
) -> int:
    """Fetches every parquet file below `folder` into `target`, keeping their order by name.

    `progress` is told the files that are there, and how many there will be. Answers how many there
    are. Raises CommandError if the lake cannot be read.
    """
    from azure.core.exceptions import AzureError, ClientAuthenticationError

    try:
        with closing(open_lake(state)) as lake:
            names = [
                blob.name
                for blob in lake.list_blobs(name_starts_with=folder)
                if blob.name.endswith(".parquet")
            ]
            target.mkdir(parents=True, exist_ok=True)
            with ThreadPoolExecutor(TRANSFERS) as pool:
                wanted = [(name, target / f"{at:06d}.parquet") for at, name in enumerate(names)]
                for done, _ in enumerate(pool.map(lambda one: _fetch(lake, *one), wanted), 1):
                    progress(done, len(names))
    except ClientAuthenticationError as error:
        raise CommandError(
            "no token for the lake: locally `make up` must be running; in Azure: `az login`"
        ) from error
    except AzureError as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CommandError(f"the lake cannot be read: {reason}") from error
    return len(names)


def _fetch(lake: Any, name: str, target: Path) -> None:
    with target.open("wb") as file:
        lake.download_blob(name).readinto(file)
