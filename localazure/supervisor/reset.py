"""Throw away the data of a state folder that nobody uses."""

import shutil
from pathlib import Path

from localazure.errors import LocalAzureError
from localazure.supervisor.lock import hold_state

# The cache of the default state folder holds the installed Azurite, not data.
_KEPT = {"cache", "up.lock", "children.lock"}
# Every state folder has these, so that a mistyped path is not taken for one.
_MARKS = ("tls", "logs", "azurite")


def reset_state(folder: Path) -> None:
    """Delete all data in a state folder.

    Raises:
        LocalAzureError: if ``folder`` is something else.
        StateInUseError: if a local cloud runs on it.
    """
    data = [path for path in folder.iterdir() if path.name not in _KEPT]
    if data and not all((folder / mark).is_dir() for mark in _MARKS):
        raise LocalAzureError(f"{folder} is not a state folder of the local cloud")
    with hold_state(folder):
        for path in data:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
