"""The lake, where models and smoke windows are uploaded and predictions are read.

A model's files lie in `models/NAME/VERSION/`; beside them `models/NAME/VERSION.manifest.json` lists
their SHA-256. The manifest is written last: without it an upload is a half one and is gone on with,
with it the upload is not done again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING

from azure.core.exceptions import ResourceNotFoundError

from deploy_model.azure_errors import mapped
from deploy_model.errors import NotThereError
from deploy_model.model_folder import LocalModel
from deploy_model.targets import Target

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.storage.blob import ContainerClient

DIGEST = "sha256"
UPLOADS_AT_A_TIME = 8
Progress = Callable[[int, int], None]
"""Called with how many files are there, of how many."""


class Lake:
    """One container of a storage account, by identity. Raises DeployError only."""

    def __init__(self, target: Target, credential: TokenCredential) -> None:
        self._target = target
        self._credential = credential

    @cached_property
    def _container(self) -> ContainerClient:
        from azure.storage.blob import BlobServiceClient

        account = BlobServiceClient(self._target.blob_uri, credential=self._credential)
        return account.get_container_client(self._target.container)

    def uri(self, path: str) -> str:
        """A path as Azure ML names it."""
        return f"azureml://datastores/{self._target.datastore}/paths/{path}"

    def has_model(self, model: LocalModel) -> bool:
        """Whether this very content was uploaded whole."""
        manifest = self.read(_manifest(model))
        return manifest is not None and _content(manifest) == model.content

    def upload_model(self, model: LocalModel, progress: Progress) -> None:
        """Uploads what is missing, removes what does not belong there, writes the manifest."""
        if self.has_model(model):
            return
        folder = model_path(model) + "/"
        with mapped("the lake", f"model {model.name}:{model.version}"):
            self._delete(_manifest(model))
            there = {
                blob.name.removeprefix(folder): (blob.metadata or {}).get(DIGEST)
                for blob in self._container.list_blobs(folder, include=["metadata"])
            }
            for name in there.keys() - model.files.keys():
                self._delete(folder + name)
            missing = [name for name, digest in model.files.items() if there.get(name) != digest]
            done = len(model.files) - len(missing)
            progress(done, len(model.files))
            for _ in self._upload_files(model, folder, missing):
                done += 1
                progress(done, len(model.files))
            manifest = {"schema_version": 1, "content": model.content, "files": model.files}
            self._container.upload_blob(
                _manifest(model), json.dumps(manifest, indent=2).encode(), overwrite=True
            )

    def write(self, path: str, content: bytes) -> None:
        """Writes a file, replacing what is there."""
        with mapped("the lake", path):
            self._container.upload_blob(path, content, overwrite=True)

    def read(self, path: str) -> bytes | None:
        """The content of a file, or None."""
        try:
            with mapped("the lake", path):
                return self._container.download_blob(path).readall()
        except NotThereError as error:
            if getattr(error.__cause__, "error_code", None) == "BlobNotFound":
                return None
            raise

    def parquet_files(self, folder: str) -> list[BytesIO]:
        """The parquet files below a folder, by name."""
        with mapped("the lake", folder):
            names = sorted(self._container.list_blob_names(name_starts_with=folder))
            wanted = [name for name in names if name.endswith(".parquet")]
            return [BytesIO(self._container.download_blob(name).readall()) for name in wanted]

    def _upload_files(self, model: LocalModel, folder: str, names: list[str]) -> Iterator[None]:
        def upload(name: str) -> None:
            with (model.folder / name).open("rb") as file:
                self._container.upload_blob(
                    folder + name, file, overwrite=True, metadata={DIGEST: model.files[name]}
                )

        with ThreadPoolExecutor(UPLOADS_AT_A_TIME) as pool:
            yield from pool.map(upload, names)

    def _delete(self, path: str) -> None:
        try:
            self._container.delete_blob(path)
        except ResourceNotFoundError:
            return


def model_path(model: LocalModel) -> str:
    """Where a model's files lie in the container."""
    return f"models/{model.name}/{model.version}"


def _manifest(model: LocalModel) -> str:
    return f"{model_path(model)}.manifest.json"


def _content(manifest: bytes) -> str | None:
    try:
        content = json.loads(manifest)["content"]
    except (ValueError, KeyError, TypeError):
        return None
    return str(content)
