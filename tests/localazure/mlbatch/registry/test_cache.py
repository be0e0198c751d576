"""The files of assets on this machine: whole or not there, fetched once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from localazure.mlbatch.datastores import LakePath
from localazure.mlbatch.errors import JobFailedError
from localazure.mlbatch.registry.cache import fetch
from localazure.mlbatch.spec import Asset


@dataclass
class _Lake:
    """A lake of files in memory; ``breaks_at`` is the file at which it is lost."""

    files: dict[str, str]
    breaks_at: str = ""
    fetched: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def exists(self, path: LakePath) -> bool:
        return path.path in self.files

    def files_below(self, folder: LakePath) -> list[LakePath]:
        return [
            LakePath(container=folder.container, path=name)
            for name in self.files
            if name.startswith(f"{folder.path}/")
        ]

    def fetch(self, files: list[tuple[LakePath, Path]]) -> None:
        self.gate.wait(10)
        for source, target in files:
            if source.path == self.breaks_at:
                raise JobFailedError("the lake is lost")
            self.fetched.append(source.path)
            target.write_text(self.files[source.path])


def _open(lake: _Lake) -> _Lake:
    lake.gate.set()
    return lake


def _asset(root: Path, path: str) -> Asset:
    target = root / "fleet" / "V1" / "files" / path.rpartition("/")[2]
    return Asset(name="fleet", origin=LakePath(container="lake", path=path), path=target)


def test_a_folder_comes_with_all_that_is_in_it(tmp_path: Path) -> None:
    """Folders in it are kept, a neighbour whose name begins alike is not; nobody writes to it."""
    lake = _open(_Lake({"m/V1/a": "1", "m/V1/deep/er/b": "2", "m/V10/c": "3"}))
    asset = _asset(tmp_path, "m/V1")
    fetch(asset, lake)
    deep = asset.path / "deep/er/b"
    assert (deep.read_text(), deep.stat().st_mode & 0o777) == ("2", 0o444)
    assert sorted(lake.fetched) == ["m/V1/a", "m/V1/deep/er/b"]
    fetch(asset, lake)
    assert len(lake.fetched) == 2


def test_a_broken_download_leaves_nothing(tmp_path: Path) -> None:
    """The next job begins anew, also where one was killed in the middle."""
    lake = _open(_Lake({"m/V1/a": "1", "m/V1/b": "2"}, breaks_at="m/V1/b"))
    asset = _asset(tmp_path, "m/V1")
    version = asset.path.parent.parent
    with pytest.raises(JobFailedError, match="lost"):
        fetch(asset, lake)
    assert [path for path in version.iterdir() if path.is_dir()] == []
    killed = version / ".files.part"
    (killed / "V1").mkdir(parents=True)
    (killed / "V1" / "half").write_text("")
    lake.breaks_at = ""
    fetch(asset, lake)
    assert sorted(path.name for path in asset.path.iterdir()) == ["a", "b"]
    assert not killed.exists()


def test_two_jobs_fetch_once(tmp_path: Path) -> None:
    """The second waits for the first, and finds all files."""
    lake = _Lake({"m/V1/a": "1"})
    asset = _asset(tmp_path, "m/V1")
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(fetch, asset, lake) for _ in range(2)]
        lake.gate.set()
        for job in jobs:
            job.result(10)
    assert lake.fetched == ["m/V1/a"]
    assert (asset.path / "a").read_text() == "1"


@pytest.mark.parametrize("path", ["m/V1/../../../../x", "m/V1/.."])
def test_a_file_never_leaves_its_folder(tmp_path: Path, path: str) -> None:
    """A name that steps upwards is refused before anything is written."""
    lake = _open(_Lake({path: "1"}))
    with pytest.raises(JobFailedError, match="must not step"):
        fetch(_asset(tmp_path, "m/V1"), lake)
    assert lake.fetched == []


def test_no_files_are_an_error(tmp_path: Path) -> None:
    """A model that is not there is named."""
    with pytest.raises(JobFailedError, match="fleet has no files: lake/m/V1"):
        fetch(_asset(tmp_path, "m/V1"), _open(_Lake({})))
