"""Pipelines for the tests of what reads input: one key, one value, windows of five minutes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.pipeline import Pipeline, parse_pipeline

MINUTE_US = 60_000_000


def reading_pipeline(
    source: Mapping[str, Any] | None = None,
    windows: Mapping[str, Any] | None = None,
    aggregates: Mapping[str, Any] | None = None,
) -> Pipeline:
    """A pipeline over `ts,device,value`; sections and fields as given."""
    return parse_pipeline(
        {
            "name": "reading",
            "source": {
                "kind": "files",
                "path": "raw/*",
                "timestamp": "ts",
                "key": ["device"],
                **(source or {}),
            },
            "windows": windows or {"kind": "tumbling", "size": "5m"},
            "aggregates": aggregates
            or {
                "mean": {"function": "mean", "column": "value"},
                "events": {"function": "count"},
            },
            "model": {"endpoint": "samples"},
            "output": {"table": "reading_scores", "columns": {"score": "float"}},
        }
    )


def instant(text: str) -> datetime:
    """An ISO 8601 text as an aware datetime, UTC if it names no zone."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def type_name(value: object) -> str:
    """The id of a test's parameter: of an Arrow array its type, of anything else its text."""
    return str(getattr(value, "type", value))
