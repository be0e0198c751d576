"""The folder that a demo fills: emptied before each, but only if a demo made it."""

from __future__ import annotations

import shutil
from pathlib import Path

from demo.errors import UsageError

MARK = ".windrow-demo"


def check_out(folder: Path) -> None:
    """Raises UsageError if the folder holds anything that is not a former demo's."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--out must be a folder; {folder} is a file")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise UsageError(f"--out {folder} holds files that no demo made: name another folder")


def empty_folder(folder: Path) -> None:
    """Makes the folder, without what a former demo left in it."""
    check_out(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()
