"""The state folder: every file that the local cloud keeps, and where.

It stands apart so that a path is spelled once, and that two clouds side by side share nothing.
"""

import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class State:
    """Paths below one state folder (absolute)."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> "State":
        """Return the state at ``folder``, created for this user only, since it holds secrets."""
        folder = folder.absolute()
        for path in (folder, folder / "tls", folder / "logs", folder / "azurite"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(folder)

    @property
    def tls(self) -> Path:
        """Certificates."""
        return self.folder / "tls"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.folder / "logs"

    @property
    def azurite(self) -> Path:
        """Azurite's data."""
        return self.folder / "azurite"

    @property
    def insights(self) -> Path:
        """Telemetry (SQLite)."""
        return self.folder / "insights.db"

    @property
    def ports(self) -> Path:
        """Ports of the last start, to be used again."""
        return self.folder / "ports.json"

    @property
    def endpoints(self) -> Path:
        """Where everything is; exists exactly while the local cloud is ready."""
        return self.folder / "endpoints.json"

    def identity_secret(self) -> str:
        """Return the secret that processes show to the token endpoint, made at first use."""
        path = self.folder / "identity-secret"
        if not path.exists():
            write_atomically(path, secrets.token_urlsafe(32))
        return path.read_text(encoding="utf-8")


def write_atomically(path: Path, text: str) -> None:
    """Replace the content of ``path`` in one step, readable by this user only."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)


def write_json(path: Path, document: Any) -> None:
    """Replace the content of ``path`` by a JSON document in one step."""
    write_atomically(path, json.dumps(document, indent=2) + "\n")


def read_json(path: Path) -> Any:
    """Return the JSON document at ``path``, or ``None`` if there is none or it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
