"""Folders that aggregations use and leave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from adapters.aggregation import scratch_folder


def test_a_folder_is_empty_and_gone_afterwards(tmp_path: Path) -> None:
    """Each use has a folder of its own, below a root that need not exist."""
    root = tmp_path / "not" / "yet"
    with scratch_folder(root) as one, scratch_folder(root) as other:
        assert one != other
        assert list(one.iterdir()) == []
        (one / "slice.duckdb").touch()
    assert list(root.iterdir()) == []


def test_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    """A folder of a process that is gone is removed; those of others stay."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with scratch_folder(tmp_path) as mine:
        left = tmp_path / mine.name.replace(f"-{os.getpid()}-", f"-{dead.pid}-")
        left.mkdir()
        (left / "slice.duckdb").touch()
        stranger = tmp_path / f"slice-otherhost-{dead.pid}-x"
        stranger.mkdir()
        with scratch_folder(tmp_path):
            assert mine.is_dir()
            assert stranger.is_dir()
            assert not left.exists()
