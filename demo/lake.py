"""Puts files into the lake, as any producer of data would: azure-storage-blob and an identity."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from azure.core.exceptions import AzureError
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobServiceClient

from demo.errors import DemoError

CONTAINER = "lake"


class Lake:
    """The container that the app reads; finds it through the environment of the stand-in."""

    def __init__(self, blob_uri: str) -> None:
        self._credential = DefaultAzureCredential()
        self._service = BlobServiceClient(blob_uri, credential=self._credential)
        self._container = self._service.get_container_client(CONTAINER)

    def __enter__(self) -> Lake:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._service.close()
        self._credential.close()

    def upload(self, file: Path, path: str) -> None:
        """Puts `file` at `path`, replacing what is there. Raises DemoError if it cannot be."""
        try:
            with file.open("rb") as stream:
                self._container.upload_blob(path, stream, overwrite=True)
        except AzureError as error:
            reason = str(error).strip().splitlines()[0]
            raise DemoError(f"{path} could not be put into the lake: {reason}") from error
