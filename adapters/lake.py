"""The Data Lake: blobs in one container, by identity.

Speaks the Blob API, which serves ADLS Gen2 accounts as well. Large blobs are streamed; nothing here
holds a whole file in memory unless it is known to be small.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from azure.core import MatchConditions
from azure.core.credentials import TokenCredential
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import ContainerClient, ExponentialRetry

from adapters.azure_errors import mapped
from domain.errors import LakeError

RANGE_BYTES = 256 * 1024


@dataclass(frozen=True)
class LakeFile:
    """A blob: its path in the container, its size in bytes, what changes with its content, and
    when it was written last."""

    path: str
    size: int
    etag: str | None = field(default=None, compare=False)
    modified_at: datetime | None = field(default=None, compare=False)


class Lake:
    """One container of the lake. Every method raises LakeError or TransientError, nothing else."""

    def __init__(
        self, account_uri: str, container: str, credential: TokenCredential, *, retries: int = 3
    ) -> None:
        self.container = container
        self._client = ContainerClient(
            account_uri,
            container,
            credential=credential,
            max_single_get_size=8 * 1024 * 1024,
            # The SDK's own begins with 15 seconds: a stream's partition would stand still for them.
            retry_policy=ExponentialRetry(
                initial_backoff=1, increment_base=2, retry_total=retries, random_jitter_range=1
            ),
        )

    def list(self, prefix: str) -> Iterator[LakeFile]:
        """All blobs whose path starts with `prefix`, by path."""
        with self._mapped(f"list {prefix}"):
            for blob in self._client.list_blobs(name_starts_with=prefix):
                yield LakeFile(blob.name, blob.size, blob.etag, blob.last_modified)

    def download(self, path: str, target: Path) -> None:
        """Streams a blob into a local file."""
        with self._mapped(f"read {path}"), target.open("wb") as file:
            self._client.download_blob(path, max_concurrency=2).readinto(file)

    def read_range(self, path: str, offset: int, length: int) -> bytes:
        """Some bytes of a blob; fewer at its end."""
        with self._mapped(f"read {path}"):
            return self._client.download_blob(path, offset=offset, length=length).readall()

    def open_ranges(self, file: LakeFile) -> BinaryIO:
        """A blob as a seekable file that fetches only the ranges that are read."""
        return io.BufferedReader(_Ranges(self, file), buffer_size=RANGE_BYTES)

    def upload(self, path: str, source: Path) -> None:
        """Streams a local file into a blob, replacing it."""
        with self._mapped(f"write {path}"), source.open("rb") as file:
            self._client.upload_blob(path, file, overwrite=True, max_concurrency=2)

    def write_bytes(self, path: str, body: bytes) -> None:
        """Writes a small blob, replacing it."""
        with self._mapped(f"write {path}"):
            self._client.upload_blob(path, body, overwrite=True)

    def write_bytes_if(self, path: str, body: bytes, etag: str | None) -> bool:
        """Writes a small blob if it is as listed (None: not there). Answers whether it was."""
        condition: dict[str, Any] = {"overwrite": False}
        if etag is not None:
            unchanged = MatchConditions.IfNotModified
            condition = {"overwrite": True, "etag": etag, "match_condition": unchanged}
        try:
            with self._mapped(f"write {path}"):
                self._client.upload_blob(path, body, **condition)
        except LakeError as error:
            if isinstance(error.__cause__, ResourceExistsError | ResourceModifiedError):
                return False
            if etag and isinstance(error.__cause__, ResourceNotFoundError):
                return False
            raise
        return True

    def read_bytes(self, path: str) -> bytes:
        """Reads a small blob."""
        with self._mapped(f"read {path}"):
            return self._client.download_blob(path).readall()

    def exists(self, path: str) -> bool:
        """Whether there is such a blob."""
        with self._mapped(f"look for {path}"):
            return self._client.get_blob_client(path).exists()

    def write_json(self, path: str, data: Any) -> None:
        """Writes a small note, replacing it."""
        self.write_bytes(path, _as_json(data))

    def write_json_if(self, path: str, data: Any, etag: str | None) -> bool:
        """Writes a small note as `write_bytes_if` does."""
        return self.write_bytes_if(path, _as_json(data), etag)

    def read_json(self, path: str) -> Any:
        """Reads a small note."""
        body = self.read_bytes(path)
        try:
            return json.loads(body)
        except ValueError as error:
            raise LakeError(f"{path}: must be JSON: {error}") from error

    def find_json(self, path: str) -> Any | None:
        """Reads a small note; None if it is not there."""
        try:
            return self.read_json(path)
        except LakeError as error:
            if isinstance(error.__cause__, ResourceNotFoundError):
                return None
            raise

    def delete(self, path: str) -> None:
        """Deletes a blob; one that is not there is deleted already."""
        try:
            with self._mapped(f"delete {path}"):
                self._client.delete_blob(path)
        except LakeError as error:
            if not isinstance(error.__cause__, ResourceNotFoundError):
                raise

    def _mapped(self, action: str) -> AbstractContextManager[None]:
        return mapped(
            f"lake container {self.container!r}",
            action,
            LakeError,
            "Storage Blob Data Contributor",
        )


def _as_json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


class _Ranges(io.RawIOBase):
    """A blob as raw, seekable input."""

    def __init__(self, lake: Lake, file: LakeFile) -> None:
        self._lake, self._file, self._at = lake, file, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), self._file.size - self._at)
        if length <= 0:
            return 0
        data = self._lake.read_range(self._file.path, self._at, length)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
