"""A lake in memory, exact in what `adapters.lake.Lake` promises, that fails when a test says so.

Hundreds of stories of a stream are told against it; `test_on_azurite.py` shows that one of them
ends the same in the real one.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from azure.core.exceptions import ResourceNotFoundError

from adapters.lake import Lake, LakeFile
from domain.errors import LakeError, TransientError


class MemoryLake(Lake):
    """Blobs in a dictionary. Reading what is not there raises what the real lake raises."""

    def __init__(self) -> None:
        self.container = "memory"
        self.blobs: dict[str, bytes] = {}
        self.listed: list[str] = []
        self.reads: list[str] = []
        self._fails: Callable[[str], bool] = lambda _: False
        self._before_reading: Callable[[str], None] = lambda _: None
        self._lock = threading.RLock()

    @contextmanager
    def failing(self, fails: Callable[[str], bool]) -> Iterator[None]:
        """Meanwhile a write or a deletion of a path for which `fails` is true raises
        TransientError, and changes nothing."""
        self._fails = fails
        try:
            yield
        finally:
            self._fails = lambda _: False

    @contextmanager
    def dying_after(self, changes: int) -> Iterator[None]:
        """Meanwhile only so many writes and deletions work: as if the process died then."""
        left = changes

        def is_dead(_: str) -> bool:
            nonlocal left
            left -= 1
            return left < 0

        with self.failing(is_dead):
            yield

    @contextmanager
    def told_before_reading(self, told: Callable[[str], None]) -> Iterator[None]:
        """Meanwhile `told` is called with each path before it is read."""
        self._before_reading = told
        try:
            yield
        finally:
            self._before_reading = lambda _: None

    def list(self, prefix: str) -> Iterator[LakeFile]:
        """All blobs whose path starts with `prefix`, by path, as they are now."""
        with self._lock:
            self.listed.append(prefix)
            found = sorted((p, body) for p, body in self.blobs.items() if p.startswith(prefix))
        yield from (LakeFile(path, len(body), _etag(body)) for path, body in found)

    def download(self, path: str, target: Path) -> None:
        """Writes a blob into a local file."""
        target.write_bytes(b"")  # the real one opens the file before it asks
        target.write_bytes(self.read_bytes(path))

    def read_range(self, path: str, offset: int, length: int) -> bytes:
        """Some bytes of a blob; fewer at its end."""
        return self.read_bytes(path)[offset : offset + length]

    def open_ranges(self, file: LakeFile) -> BinaryIO:
        """A blob as a seekable file."""
        return io.BytesIO(self.read_bytes(file.path))

    def upload(self, path: str, source: Path) -> None:
        """Reads a local file into a blob, replacing it."""
        self.write_bytes(path, source.read_bytes())

    def write_bytes(self, path: str, body: bytes) -> None:
        """Writes a blob, replacing it."""
        with self._lock:
            self._check("write", path)
            self.blobs[path] = body

    def write_bytes_if(self, path: str, body: bytes, etag: str | None) -> bool:
        """Writes a blob if it is still as listed."""
        with self._lock:
            there = self.blobs.get(path)
            if etag != (None if there is None else _etag(there)):
                return False
            self.write_bytes(path, body)
            return True

    def read_bytes(self, path: str) -> bytes:
        """Reads a blob."""
        self._before_reading(path)
        with self._lock:
            self.reads.append(path)
            if path not in self.blobs:
                missing = ResourceNotFoundError("not there")
                raise LakeError(f"lake: read {path}: BlobNotFound") from missing
            return self.blobs[path]

    def exists(self, path: str) -> bool:
        """Whether there is such a blob."""
        with self._lock:
            return path in self.blobs

    def delete(self, path: str) -> None:
        """Deletes a blob; one that is not there is deleted already."""
        with self._lock:
            self._check("delete", path)
            self.blobs.pop(path, None)

    def _check(self, action: str, path: str) -> None:
        if self._fails(path):
            raise TransientError("lake", f"{action} {path}", "the process died")


def _etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
