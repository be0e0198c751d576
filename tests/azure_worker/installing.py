"""Makes the virtual environment of Azure's worker library: once, then it is used again.

It is apart from the project's own, as it needs a newer Python; `requirements-worker.txt` pins what
is in it. Two processes may ask for it at once: one installs, the other waits.
"""

import contextlib
import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.azure_worker.interpreters import Interpreter

PROJECT = Path(__file__).resolve().parents[2]
REQUIREMENTS = PROJECT / "requirements-worker.txt"
FOLDER = PROJECT / ".worker"
INSTALL_TIMEOUT_S = 900.0


class InstallError(Exception):
    """The packages cannot be had here; the text is the end of uv's output."""


def ensure_installed(
    interpreter: Interpreter, folder: Path = FOLDER, requirements: Path = REQUIREMENTS
) -> Path:
    """Return the environment's interpreter, making the environment if it is not there.

    Raises:
        InstallError: uv has failed, most often for lack of a network.
    """
    python, stamp = folder / "venv" / "bin" / "python", folder / "installed"
    wanted = _mark(interpreter, requirements)
    folder.mkdir(exist_ok=True)
    # Whatever else keeps git away from it, the folder says so itself.
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    with _alone(folder / "lock"):
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            stamp.unlink(missing_ok=True)
            _uv("venv", "--clear", "--python", interpreter.path, str(python.parents[1]))
            _uv("pip", "sync", "--python", str(python), str(requirements))
            stamp.write_text(wanted, encoding="utf-8")
    return python


def _mark(interpreter: Interpreter, requirements: Path) -> str:
    pinned = hashlib.sha256(requirements.read_bytes()).hexdigest()
    return f"{interpreter.version} {interpreter.path}\n{pinned}\n"


def _uv(*arguments: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    try:
        ran = subprocess.run(
            [uv, "--quiet", *arguments],
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"uv has not ended within {INSTALL_TIMEOUT_S:g} s") from error
    if ran.returncode != 0:
        raise InstallError(ran.stderr.strip()[-1000:])


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock; it ends with the process, however that ends."""
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
