"""One host for each of the small apps, and a folder for what their activities leave behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.localazure.functions_host.host_process import APPS, HostProcess


@pytest.fixture(scope="module")
def host(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HostProcess]:
    """The host of the app that the module is named after: `test_chaining.py` has `chaining`."""
    name = request.path.stem.removeprefix("test_")
    host = HostProcess(APPS / name, tmp_path_factory.mktemp(name) / "state").start()
    yield host
    assert host.stop() == 0, host.output()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that belongs to one test; the apps get its path in their input."""
    return tmp_path
