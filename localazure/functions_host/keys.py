"""Function keys, used only under `--auth`; `func start` does not ask for any."""

import json
import secrets
from pathlib import Path

from starlette.requests import Request

from localazure.functions_host.files import write_json

KEY_NAMES = ("master", "function", "durabletask_extension")


class Keys:
    """The host's keys, made at first use and kept in the state folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            write_json(path, {name: secrets.token_urlsafe(32) for name in KEY_NAMES})
        self._keys: dict[str, str] = json.loads(path.read_text("utf-8"))

    @property
    def durable(self) -> str:
        """The key of the durable extension's webhooks."""
        return self._keys["durabletask_extension"]

    def allows(self, request: Request, level: str) -> bool:
        """Say whether a request may call something of an auth level."""
        if level == "anonymous":
            return True
        given = request.headers.get("x-functions-key") or request.query_params.get("code") or ""
        wanted = [self._keys["master"]]
        if level == "function":
            wanted.append(self._keys["function"])
        elif level == "system":
            wanted.append(self.durable)
        return any(secrets.compare_digest(given.encode(), one.encode()) for one in wanted)
