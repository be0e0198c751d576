"""What runner and worker say to each other: JSON lines. Standard library only."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Setup:
    """What a worker needs to load the scoring script; it comes first."""

    code: str
    script: str
    logging_level: str
    stdout_file: str


@dataclass(frozen=True)
class Task:
    """A mini-batch to score; rows are written to ``rows_file`` when there is one."""

    files: list[str]
    rows_file: str | None


@dataclass(frozen=True)
class Reply:
    """What came of the set-up or of a task."""

    ok: bool
    message: str = ""
    traceback: str = ""


def encode(message: Setup | Task | Reply | None) -> bytes:
    """Return a message as one line; ``None`` asks the worker to end."""
    return json.dumps(asdict(message) if message else None).encode() + b"\n"


def decode_setup(line: bytes) -> Setup:
    """Read the first line that a worker gets."""
    return Setup(**json.loads(line))


def decode_task(line: bytes) -> Task | None:
    """Read one of the lines that follow."""
    fields = json.loads(line)
    return Task(**fields) if fields else None


def decode_reply(line: bytes) -> Reply:
    """Read a line that a worker sent."""
    return Reply(**json.loads(line))


def package_root() -> Path:
    """Return the folder that makes this package importable."""
    return Path(__file__).resolve().parents[3]
