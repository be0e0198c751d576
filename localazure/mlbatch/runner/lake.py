"""The lake as a node sees it: files come from it and go to it through azure-storage-blob.

Azure's libraries are imported when the first job needs them, so that its workers start first.
"""

import functools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from localazure.mlbatch.datastores import LakePath
from localazure.mlbatch.errors import JobFailedError

if TYPE_CHECKING:
    from azure.storage.blob import BlobServiceClient

_TRANSFERS = 4


class Lake:
    """A storage account."""

    def __init__(self, client: "BlobServiceClient") -> None:
        self._client = client

    def files_in(self, folder: LakePath) -> list[LakePath]:
        """Return the files of a folder by name; folders in it are not explored."""
        from azure.storage.blob import BlobPrefix

        prefix = f"{folder.path}/" if folder.path else ""
        with _as_job_failure(folder):
            found = list(
                self._client.get_container_client(folder.container).walk_blobs(
                    prefix, delimiter="/"
                )
            )
        names = [item.name for item in found if not isinstance(item, BlobPrefix)]
        return [LakePath(container=folder.container, path=name) for name in names if name != prefix]

    def files_below(self, folder: LakePath) -> list[LakePath]:
        """Return the files of a folder and of all folders in it, by name."""
        with _as_job_failure(folder):
            names = list(
                self._client.get_container_client(folder.container).list_blob_names(
                    name_starts_with=f"{folder.path}/"
                )
            )
        return [LakePath(container=folder.container, path=name) for name in names]

    def exists(self, path: LakePath) -> bool:
        """Say whether there is such a file."""
        with _as_job_failure(path):
            return self._client.get_blob_client(path.container, path.path).exists()

    def download(self, files: list[LakePath], folder: Path) -> list[Path]:
        """Fetch files into a folder; return them in the same order."""
        folder.mkdir(parents=True, exist_ok=True)
        targets = [folder / Path(file.path).name for file in files]
        self.fetch(list(zip(files, targets, strict=True)))
        return targets

    def fetch(self, files: list[tuple[LakePath, Path]]) -> None:
        """Fetch files to paths whose folders exist."""
        with ThreadPoolExecutor(_TRANSFERS) as pool:
            list(pool.map(lambda pair: self._download_one(*pair), files))

    def upload(self, source: Path, target: LakePath, *, overwrite: bool) -> None:
        """Write a file in one step: readers see all of it or nothing."""
        from azure.core.exceptions import ResourceExistsError

        client = self._client.get_blob_client(target.container, target.path)
        with _as_job_failure(target), source.open("rb") as file:
            try:
                client.upload_blob(file, overwrite=overwrite)
            except ResourceExistsError as error:
                raise output_exists(target) from error

    def _download_one(self, source: LakePath, target: Path) -> None:
        with _as_job_failure(source), target.open("wb") as file:
            self._client.get_blob_client(source.container, source.path).download_blob().readinto(
                file
            )


def output_exists(path: LakePath) -> JobFailedError:
    """Return the error of a job whose output was there before it."""
    return JobFailedError(
        f"the output {path.container}/{path.path} exists already; a job never overwrites one"
    )


@functools.cache
def open_lake(account_url: str) -> Lake:
    """Return the lake at an address, once per process: its token and connections are kept."""
    from azure.identity import DefaultAzureCredential
    from azure.storage.blob import BlobServiceClient

    return Lake(BlobServiceClient(account_url, credential=DefaultAzureCredential()))


@contextmanager
def _as_job_failure(path: LakePath) -> Iterator[None]:
    from azure.core.exceptions import AzureError, ResourceNotFoundError

    where = f"{path.container}/{path.path}"
    try:
        yield
    except ResourceNotFoundError as error:
        raise JobFailedError(
            f"{where} does not exist in the lake ({_first_line(error)})"
        ) from error
    except AzureError as error:
        raise JobFailedError(f"{where} cannot be reached: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
