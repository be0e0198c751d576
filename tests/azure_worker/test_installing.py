"""The environment of Azure's worker is made once, and made anew when what it is made of changes."""

import sys
from pathlib import Path

import pytest

from tests.azure_worker.installing import InstallError, ensure_installed
from tests.azure_worker.interpreters import Interpreter

pytestmark = pytest.mark.xdist_group("azure_worker")

HERE = Interpreter(sys.executable, ".".join(map(str, sys.version_info[:3])))


def made_at(folder: Path) -> int:
    """When the environment was made."""
    return (folder / "venv" / "pyvenv.cfg").stat().st_mtime_ns


def test_it_is_made_once(tmp_path: Path) -> None:
    """As long as requirements and interpreter are the same; git does not see it."""
    folder, requirements = tmp_path / "worker", tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n", "utf-8")
    python = ensure_installed(HERE, folder, requirements)
    assert python.exists()
    first = made_at(folder)
    assert ensure_installed(HERE, folder, requirements) == python
    assert made_at(folder) == first
    requirements.write_text("# nothing else\n", "utf-8")
    ensure_installed(HERE, folder, requirements)
    assert made_at(folder) > first
    assert (folder / ".gitignore").read_text("utf-8") == "*\n"


def test_what_cannot_be_had_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network there is an error with uv's words, and the next time it tries again."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    folder, requirements = tmp_path / "worker", tmp_path / "requirements.txt"
    requirements.write_text("azure-functions-runtime==1.3.0\n", "utf-8")
    for _ in range(2):
        with pytest.raises(InstallError, match="azure-functions-runtime"):
            ensure_installed(HERE, folder, requirements)
