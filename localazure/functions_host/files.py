"""Small files that are either the old or the new one, whatever happens in between."""

import json
import os
from pathlib import Path
from typing import Any


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    half.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; a missing or broken file is an empty one."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
