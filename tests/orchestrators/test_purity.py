"""Clocks, dice and I/O are banned from orchestrators, with a message that names the way out."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CONFIG = PROJECT / "orchestrators" / "ruff.toml"
BANNED: dict[str, dict[str, str]] = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["lint"][
    "flake8-tidy-imports"
]["banned-api"]


def ruff(*arguments: str, code: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the project's ruff."""
    command = [str(Path(sys.executable).with_name("ruff")), "check", "--no-cache", *arguments]
    return subprocess.run(
        command, input=code, capture_output=True, text=True, cwd=PROJECT, check=False
    )


def findings(code: str, folder: str) -> str:
    """What the project's ruff says about code in a folder, as if it were a file there."""
    name = f"{folder}/a_new_file.py"
    return ruff("--stdin-filename", name, "--output-format", "concise", "-", code=code).stdout


def use_of(name: str) -> str:
    """Code that uses a banned name as people would."""
    module, _, attribute = name.rpartition(".")
    if name.startswith("datetime."):
        return f"import datetime\nprint({name}())"
    if attribute.startswith("uuid") or name == "domain.requests.utc_now":
        return f"from {module} import {attribute}\nprint({attribute}())"
    return f"import {name}\nprint({name})"


def test_every_ban_works_and_tells_the_way_out() -> None:
    """Each banned name is found where people would write it, with its own message."""
    code = "\n".join(use_of(name) for name in BANNED)
    found = findings(code, "orchestrators")
    missed = [n for n, ban in BANNED.items() if f"`{n}` is banned: {ban['msg']}" not in found]
    assert not missed


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import datetime\nprint(datetime.now())",
        "import datetime as dt\nprint(dt.datetime.now(dt.UTC))",
        "from time import monotonic\nprint(monotonic())",
        "from random import choice\nprint(choice([1]))",
        "from uuid import uuid4 as new\nprint(new())",
        "from os import environ\nprint(environ)",
        "from azure.storage.blob import BlobClient\nprint(BlobClient)",
    ],
)
def test_a_ban_cannot_be_dodged_by_another_import(code: str) -> None:
    """Aliases and names from inside a module are found, too."""
    assert "TID251" in findings(code, "orchestrators")


def test_opening_a_file_is_found() -> None:
    """`open` is a builtin, which a rule of the whole project finds."""
    assert "PTH123" in findings('print(open("a-file"))', "orchestrators")


def test_the_bans_are_for_orchestrators_only() -> None:
    """An activity may look at the clock, but speaks to services through adapters."""
    assert "TID251" not in findings("import time\nprint(time.time())", "activities")
    assert "adapters.lake" in findings("import azure.storage.blob", "activities")


def test_the_orchestrators_keep_the_rules() -> None:
    """Nothing in the room is banned there."""
    checked = ruff("--select", "TID251", "orchestrators")
    assert checked.returncode == 0, checked.stdout
