"""The files of assets on this machine: fetched from the lake once per version, by the first job.

A version never changes, so what is here is right. It appears in one step: a job finds all of it or
nothing, and of two jobs that want the same, one fetches and the other waits.
"""

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from localazure.mlbatch.datastores import LakePath
from localazure.mlbatch.errors import JobFailedError
from localazure.mlbatch.spec import Asset, JobSpec


class Lake(Protocol):
    """What is asked of the lake."""

    def exists(self, path: LakePath) -> bool:
        """Say whether there is such a file."""
        ...

    def files_below(self, folder: LakePath) -> list[LakePath]:
        """Return the files of a folder and of all folders in it."""
        ...

    def fetch(self, files: list[tuple[LakePath, Path]]) -> None:
        """Write files of the lake to paths."""
        ...


def fetch_assets(spec: JobSpec, open_lake: Callable[[str], Lake]) -> None:
    """Bring all that a job needs to its paths.

    Raises:
        JobFailedError: when something is not in the lake, or the code has no scoring script.
    """
    for asset in spec.assets:
        fetch(asset, open_lake(spec.account_url))
    if spec.assets and not spec.scoring_script.is_file():
        script = spec.scoring_script.relative_to(spec.code)
        raise JobFailedError(f"`scoring_script`: there is no {script} in the code")


def fetch(asset: Asset, lake: Lake) -> None:
    """Bring an asset to its path, unless it is there.

    Raises:
        JobFailedError: when the lake has no such files, or cannot be reached.
    """
    folder = asset.path.parent
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        if folder.exists():
            return
        part = folder.with_name(f".{folder.name}.part")
        # What a job that was killed left behind; nobody else works on it now.
        shutil.rmtree(part, ignore_errors=True)
        try:
            files = _files(asset, lake, part / asset.path.name)
            lake.fetch(files)
            for _, path in files:
                # A script that writes to its model would change it for every later job.
                path.chmod(0o444)
            part.rename(folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


def _files(asset: Asset, lake: Lake, target: Path) -> list[tuple[LakePath, Path]]:
    """Return what to fetch, and where to; folders are made."""
    origin = asset.origin
    if lake.exists(origin):
        files = [(origin, target)]
    else:
        start = f"{origin.path}/"
        files = [
            (file, target / file.path.removeprefix(start)) for file in lake.files_below(origin)
        ]
    if not files:
        raise JobFailedError(
            f"{asset.name} has no files: {origin.container}/{origin.path} is empty or not there"
        )
    for file, path in files:
        if ".." in path.parts:
            raise JobFailedError(f"{asset.name}: {file.path!r} must not step through '..'")
        path.parent.mkdir(parents=True, exist_ok=True)
    return files


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; it ends with the process, however that ends."""
    with folder.with_name(f".{folder.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
