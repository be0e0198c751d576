"""Folders for what an aggregation keeps on disk; none of them outlives its process for long."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_folder(root: Path) -> Iterator[Path]:
    """An empty folder below `root`, gone afterwards.

    What processes of this host that were killed have left behind is removed first: a slice may
    take gigabytes, and nobody else would.
    """
    root.mkdir(parents=True, exist_ok=True)
    host = re.sub(r"\W", "", socket.gethostname())
    for folder in root.glob(f"slice-{host}-*-*"):
        if not _is_alive(folder.name.split("-")[2]):
            shutil.rmtree(folder, ignore_errors=True)
    prefix = f"slice-{host}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(dir=root, prefix=prefix) as mine:
        yield Path(mine)


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError):
        return True  # somebody else's, or not a folder of ours
    return True
