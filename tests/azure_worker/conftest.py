"""Azure's worker library, apps on both sides, and hosts of the stand-in."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.azure_worker.deploying import deploy
from tests.azure_worker.installing import InstallError, ensure_installed
from tests.azure_worker.interpreters import (
    WHAT_TO_INSTALL,
    InterpreterError,
    find_interpreter,
)
from tests.azure_worker.sides import Pair, surroundings
from tests.localazure.functions_host.host_process import HostProcess

PairOf = Callable[[Path], Pair]
HostOf = Callable[..., HostProcess]


@pytest.fixture(scope="session")
def worker_python() -> Path:
    """The Python that has Azure's worker library and all that the app needs."""
    try:
        interpreter = find_interpreter(os.environ, Path.home())
    except InterpreterError as error:
        pytest.fail(str(error))
    if interpreter is None:
        pytest.skip(WHAT_TO_INSTALL)
    try:
        return ensure_installed(interpreter)
    except InstallError as error:
        pytest.skip(f"requirements-worker.txt must be installed, once, by a network: {error}")


@pytest.fixture(scope="session")
def pair_of(worker_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PairOf]:
    """Runs an app on both sides; the same pair again for the same app."""
    made: dict[Path, Pair] = {}

    def make(app: Path) -> Pair:
        if app not in made:
            made[app] = Pair(worker_python, app, tmp_path_factory.mktemp(app.name))
        return made[app]

    yield make
    for pair in made.values():
        pair.close()


@pytest.fixture(scope="session")
def host_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostOf]:
    """Runs a host of the stand-in with an app; the same again for the same app."""
    made: dict[Path, HostProcess] = {}

    def make(app: Path, **environ: str) -> HostProcess:
        if app not in made:
            folder = tmp_path_factory.mktemp(f"{app.name}-host")
            settings = {**surroundings(folder / "files"), **environ}
            made[app] = HostProcess(app, folder / "state", **settings).start()
        return made[app]

    yield make
    for host in made.values():
        assert host.stop() == 0, host.output()


@pytest.fixture(scope="session")
def windrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app as it is deployed."""
    return deploy(tmp_path_factory.mktemp("deployed") / "windrow")
