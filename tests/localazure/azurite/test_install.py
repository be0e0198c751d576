"""Installing Azurite: once, completely or not at all; a few lines of JavaScript play npm."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from localazure.azurite import install
from localazure.errors import InstallError
from localazure.state import State
from tests.support.cloud import PROJECT

PACKAGE = PROJECT / "localazure" / "azurite"

_NPM = """
const fs = require("fs");
fs.appendFileSync(process.env.COUNT_FILE, "x");
setTimeout(() => {
  fs.mkdirSync("node_modules/azurite/dist/src/blob", {recursive: true});
  fs.writeFileSync("node_modules/azurite/dist/src/blob/main.js", process.argv.slice(2).join(" "));
}, 300);
"""
_BROKEN_NPM = 'console.error("no network today"); process.exit(3);'

_INSTALL = """
import asyncio, sys
from pathlib import Path
from localazure.azurite.install import ensure_installed
from localazure.state import State
cache, state, npm = map(Path, sys.argv[1:])
print(asyncio.run(ensure_installed(cache, State.at(state).folder, npm)))
"""


def test_processes_side_by_side_install_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two processes that need Azurite at once, one installs and both get it."""
    monkeypatch.setenv("COUNT_FILE", str(tmp_path / "count"))
    npm = tmp_path / "npm.js"
    npm.write_text(_NPM)
    processes = [
        subprocess.Popen(
            [
                *(sys.executable, "-c", _INSTALL),
                *(str(tmp_path / "cache"), str(tmp_path / f"state{number}"), str(npm)),
            ],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    outputs = {process.communicate(timeout=30)[0].strip() for process in processes}
    assert outputs == {str(install.entry_point(tmp_path / "cache"))}
    assert (tmp_path / "count").read_text() == "x"


def test_a_failed_installation_leaves_nothing_behind(tmp_path: Path) -> None:
    """npm's own words are in the error, and the next start tries again."""
    npm = tmp_path / "npm.js"
    npm.write_text(_BROKEN_NPM)
    state = State.at(tmp_path / "state").folder
    for _ in range(2):
        with pytest.raises(InstallError, match="no network today"):
            asyncio.run(install.ensure_installed(tmp_path / "cache", state, npm))
    assert not install.entry_point(tmp_path / "cache").exists()


def test_what_is_installed_is_pinned_without_a_registry() -> None:
    """Every package has a checksum, and no file says where packages come from."""
    lock = json.loads((PACKAGE / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages["node_modules/azurite"]["version"] == "3.37.0"
    assert all(entry.get("integrity") for entry in packages.values())
    assert not any(entry.get("resolved") for entry in packages.values())
    wanted = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())


def test_the_cache_can_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LOCALAZURE_CACHE names the folder; without it, all states of the project share one."""
    monkeypatch.delenv("LOCALAZURE_CACHE", raising=False)
    assert install.default_cache() == PROJECT / ".localazure" / "cache"
    monkeypatch.setenv("LOCALAZURE_CACHE", str(tmp_path))
    assert install.default_cache() == tmp_path
