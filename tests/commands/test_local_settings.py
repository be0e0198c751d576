"""The local settings follow their sample, and what somebody has set stays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from commands.local_settings import update

PROJECT = Path(__file__).parents[2]


def settings(path: Path, **values: Any) -> Path:
    """A settings file."""
    path.write_text(json.dumps({"IsEncrypted": False, "Values": values}), encoding="utf-8")
    return path


def test_a_missing_file_is_a_copy_of_the_sample(tmp_path: Path) -> None:
    """Byte for byte, explanations included."""
    sample, target = PROJECT / "local.settings.sample.json", tmp_path / "local.settings.json"
    assert update(sample, target) == []
    assert target.read_bytes() == sample.read_bytes()


def test_new_settings_are_added_and_others_stay(tmp_path: Path) -> None:
    """A value that differs from the sample's is somebody's choice."""
    sample = settings(tmp_path / "sample.json", **{"A": "1", "//B": "what B is", "B": "2"})
    target = settings(tmp_path / "target.json", A="mine", C="also mine")
    assert update(sample, target) == ["B"]
    values = json.loads(target.read_text())["Values"]
    assert values == {"A": "mine", "C": "also mine", "//B": "what B is", "B": "2"}
    assert update(sample, target) == []


def test_a_file_that_is_no_settings_is_left_alone(tmp_path: Path) -> None:
    """The command says what is wrong with it and fails, as `python file` without packages."""
    sample, target = settings(tmp_path / "sample.json", A="1"), tmp_path / "target.json"
    target.write_text("[]")
    with pytest.raises(ValueError, match=r"target.json must be JSON with a section `Values`"):
        update(sample, target)
    script = PROJECT / "commands" / "local_settings.py"
    ran = subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(sample), str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, target.read_text()) == (1, "", "[]")
    assert "`Values`" in ran.stderr
