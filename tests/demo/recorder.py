"""Stand-ins for the lake and the screen's steps that only take notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import RenderableType


class NotedLake:
    """Remembers what was put where."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def upload(self, file: Path, path: str) -> None:
        """Notes the path; the file must be there."""
        assert file.is_file()
        self.paths.append(path)


class NotedStep:
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    def update(self, text: str) -> None:
        """Notes the text."""
        self.said.append(text)

    def show(self, renderable: RenderableType) -> None:
        """Notes the picture."""
        self.said.append(renderable)

    def done(self, text: str) -> None:
        """Notes the text."""
        self.said.append(text)
