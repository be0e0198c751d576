"""Finds a Python that Azure's worker library runs on, by running it."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SETTING = "WINDROW_WORKER_PYTHON"
OLDEST = (3, 13)
NAMES = ("python3.13", "python3.14")
PYENV_VERSIONS = ("3.13*", "3.14*")
# A shim of pyenv may be there without an interpreter behind it: it ends with an error.
PROBE = "import sys; print(sys.executable, *sys.version_info[:3])"
PROBE_TIMEOUT_S = 30.0
WHAT_TO_INSTALL = (
    "Azure's Python worker library needs Python 3.13 or newer, and none was found: install "
    f"python3.13 (`pyenv install 3.13`), or let {SETTING} name one"
)


class InterpreterError(Exception):
    """The interpreter that a setting names cannot be used."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that runs."""

    path: str
    version: str


def find_interpreter(environ: Mapping[str, str], home: Path) -> Interpreter | None:
    """Return the interpreter to use: the one that is named, else one that is found.

    Raises:
        InterpreterError: one is named, and it does not run or is too old.
    """
    named = environ.get(SETTING)
    if named:
        found = _probe(named)
        if found is None:
            raise InterpreterError(f"{SETTING} must name a Python 3.13 or newer; got {named!r}")
        return found
    return next(filter(None, map(_probe, _candidates(environ, home))), None)


def _candidates(environ: Mapping[str, str], home: Path) -> Iterator[str]:
    for folder in environ.get("PATH", "").split(os.pathsep):
        yield from filter(None, (shutil.which(name, path=folder) for name in NAMES))
    for pattern in PYENV_VERSIONS:
        yield from map(str, sorted((home / ".pyenv" / "versions").glob(f"{pattern}/bin/python")))


def _probe(path: str) -> Interpreter | None:
    try:
        ran = subprocess.run(
            [path, "-I", "-c", PROBE], capture_output=True, text=True, timeout=PROBE_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if ran.returncode != 0:
        return None
    executable, *numbers = ran.stdout.rsplit(maxsplit=3)
    if tuple(map(int, numbers)) < OLDEST:
        return None
    return Interpreter(executable, ".".join(numbers))
