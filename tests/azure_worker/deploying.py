"""Deploys Windrow into a folder, as the Functions tools would: without what `.funcignore` names."""

import shutil
from pathlib import Path

from tests.azure_worker.installing import PROJECT


def deploy(folder: Path) -> Path:
    """Copy what is shipped, and nothing else, into a new folder; return it.

    Settings of a laptop stay behind: so the app knows no cloud, and reaches none.
    """
    lines = (PROJECT / ".funcignore").read_text(encoding="utf-8").split()
    names = [line.rstrip("/") for line in lines]
    return shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns(*names))
