"""Streams for the tests of what is decided about them."""

from __future__ import annotations

from typing import Any

from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from tests.domain.samples import pipeline


def stream_pipeline(windows: dict[str, Any] | None = None, **source: Any) -> Pipeline:
    """The sample with a stream for its source; fields of the source as given."""
    events = {
        "kind": "events",
        "event_hub": "readings",
        "timestamp": "ts",
        "key": ["device"],
        **source,
    }
    changes: dict[str, Any] = {"source": events}
    if windows is not None:
        changes["windows"] = windows
    return pipeline(**changes)


def stream(**source: Any) -> EventsSource:
    """The stream alone."""
    found = stream_pipeline(**source).source
    assert isinstance(found, EventsSource)
    return found
