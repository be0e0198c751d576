"""Hosts for tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.localazure.functions_host.host_process import APPS, HostProcess


@pytest.fixture(scope="session")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One host of the patterns app, shared: every test has instances of its own."""
    folder = tmp_path_factory.mktemp("patterns")
    marks = folder / "marks"
    marks.mkdir()
    host = HostProcess(APPS / "patterns", folder / "state", MARKS=str(marks)).start()
    yield host
    assert host.stop() == 0, host.output()


@pytest.fixture(scope="session")
def bindings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One host of the bindings app, shared."""
    folder = tmp_path_factory.mktemp("bindings")
    environ = {"AzureWebJobs.switched_off.Disabled": "true", "GREETING_ROUTE": "from-setting"}
    host = HostProcess(APPS / "bindings", folder / "state", **environ).start()
    yield host
    assert host.stop() == 0, host.output()


@pytest.fixture
def new_host(tmp_path: Path) -> Iterator[Callable[..., HostProcess]]:
    """Hosts of a test's own; all are ended after it."""
    made: list[HostProcess] = []

    def make(app: Path, *options: str, **environ: str) -> HostProcess:
        host = HostProcess(app, tmp_path / f"state{len(made)}", *options, **environ)
        made.append(host)
        return host

    yield make
    for host in made:
        host.stop()
