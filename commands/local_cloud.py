"""Where the local cloud is that `make up` runs, as its state folder says while it is ready."""

from __future__ import annotations

import json
from pathlib import Path

LOCAL_APP = "http://127.0.0.1:7071"
"""Where `make up` has the app unless it is told otherwise."""


def local_app(state: Path) -> str:
    """The address of the app in the local cloud; where it usually is if none runs in `state`."""
    return str(_endpoints(state).get("functions") or LOCAL_APP)


def local_environment(state: Path) -> dict[str, str]:
    """The variables by which Azure's SDKs find the local cloud; none if none runs in `state`."""
    environment = _endpoints(state).get("environment")
    if not isinstance(environment, dict):
        return {}
    return {str(name): str(value) for name, value in environment.items()}


def _endpoints(state: Path) -> dict[str, object]:
    try:
        found = json.loads((state / "endpoints.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
