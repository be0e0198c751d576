"""A Python for Azure's worker is found by running it; what is missing is told in a sentence."""

from pathlib import Path

import pytest

from tests.azure_worker.interpreters import (
    SETTING,
    WHAT_TO_INSTALL,
    Interpreter,
    InterpreterError,
    find_interpreter,
)

pytestmark = pytest.mark.xdist_group("azure_worker")


def script(path: Path, told: str, code: int = 0) -> Path:
    """Write a program that answers as a Python would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{told}'\nexit {code}\n", "utf-8")
    path.chmod(0o755)
    return path


def test_a_shim_without_a_python_behind_it_is_passed_over(tmp_path: Path) -> None:
    """What is on PATH comes first, but only if it runs; then pyenv's versions."""
    script(tmp_path / "bin" / "python3.13", "pyenv: python3.13: command not found", 127)
    python = tmp_path / ".pyenv" / "versions" / "3.13.9" / "bin" / "python"
    script(python, f"{python} 3 13 9")
    environ = {"PATH": str(tmp_path / "bin")}
    assert find_interpreter(environ, tmp_path) == Interpreter(str(python), "3.13.9")
    newer = script(tmp_path / "bin" / "python3.14", "/a path/python 3 14 0")
    assert find_interpreter(environ, tmp_path) == Interpreter("/a path/python", "3.14.0")
    assert newer.exists()


def test_a_named_one_comes_first(tmp_path: Path) -> None:
    """The setting wins; one that is too old, or does not run, is an error and not a skip."""
    script(tmp_path / "bin" / "python3.13", "/found 3 13 0")
    named = script(tmp_path / "mine", "/mine 3 15 1")
    environ = {"PATH": str(tmp_path / "bin"), SETTING: str(named)}
    assert find_interpreter(environ, tmp_path) == Interpreter("/mine", "3.15.1")
    for wrong in (script(tmp_path / "old", "/old 3 12 7"), tmp_path / "nowhere"):
        with pytest.raises(InterpreterError, match=f"{SETTING} must name a Python 3.13 or newer"):
            find_interpreter({**environ, SETTING: str(wrong)}, tmp_path)


def test_without_one_it_is_said_what_to_install(tmp_path: Path) -> None:
    """The sentence names the version, a way to get it, and the setting."""
    assert find_interpreter({"PATH": str(tmp_path)}, tmp_path) is None
    for word in ("3.13", "pyenv install", SETTING):
        assert word in WHAT_TO_INSTALL
