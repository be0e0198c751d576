"""The app's own surroundings for a test: its real context, with a lake that the test gives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters import context as surroundings
from adapters.lake import Lake
from domain.pipeline import Pipeline


@contextmanager
def app_over(lake: Lake, folder: Path) -> Iterator[dict[str, Pipeline]]:
    """While it lasts, activities and triggers work in `lake`, with a scores database in `folder`.

    Answers the pipelines that the app knows, for the test to add its own by their names.
    """
    known: dict[str, Pipeline] = {}
    settings = {
        "LAKE__blobServiceUri": "https://lake.invalid/account",
        "AZUREML_SUBSCRIPTION_ID": "s",
        "AZUREML_RESOURCE_GROUP": "g",
        "AZUREML_WORKSPACE": "w",
        "SCORES_DB_URL": f"sqlite:///{folder / 'scores.db'}",
        "AGGREGATION_MEMORY_LIMIT": "256MB",
        "AGGREGATION_THREADS": "1",
        "AGGREGATION_TEMP_DIR": str(folder / "scratch"),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        patch.delenv("APPLICATIONINSIGHTS_CONNECTION_STRING", raising=False)
        patch.setattr(surroundings, "Lake", lambda *_: lake)
        patch.setattr(surroundings, "credential", lambda: None)
        patch.setattr(surroundings, "load_pipelines", lambda _: known)
        _forget()
        try:
            yield known
        finally:
            surroundings.context().scores.close()
            _forget()


def _forget() -> None:
    surroundings.context.cache_clear()
    surroundings.pipelines.cache_clear()
