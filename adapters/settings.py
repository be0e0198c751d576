"""The app's settings, read from the environment, with every problem told at once.

They are the same on a laptop and in Azure; `local.settings.sample.json` explains each. Services are
reached by identity: no setting holds a key or a password.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.cost_settings import CostSettings, read_cost_settings
from domain.errors import Problem, SettingsError

MEMORY = re.compile(r"^\d+(\.\d+)?(KB|MB|GB|KiB|MiB|GiB)$")
APP_FOLDER = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """What the app was told about its surroundings."""

    lake_uri: str
    lake_container: str
    azureml_subscription_id: str
    azureml_resource_group: str
    azureml_workspace: str
    azureml_datastore: str
    scores_db_url: str
    insights_connection_string: str | None
    pipelines_dir: Path
    aggregation_memory_limit: str
    aggregation_threads: int
    aggregation_temp_dir: Path
    costs: CostSettings


def pipelines_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of the pipeline files: needed before any service is."""
    folder = Path(environment.get("PIPELINES_DIR") or "pipelines")
    return folder if folder.is_absolute() else APP_FOLDER / folder


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings. Raises SettingsError that names every missing or wrong one, never a value."""
    reader = _Reader(environment)
    settings = Settings(
        lake_uri=reader.matching("LAKE__blobServiceUri", r"https://.+", "must be an https URL"),
        lake_container=reader.matching(
            "LAKE__container", r"[a-z0-9][a-z0-9-]{2,62}", "must be a container's name", "lake"
        ),
        azureml_subscription_id=reader.required("AZUREML_SUBSCRIPTION_ID"),
        azureml_resource_group=reader.required("AZUREML_RESOURCE_GROUP"),
        azureml_workspace=reader.required("AZUREML_WORKSPACE"),
        azureml_datastore=reader.matching(
            "AZUREML_DATASTORE", r"[A-Za-z0-9_]+", "must be a datastore's name", "lake"
        ),
        scores_db_url=reader.matching(
            "SCORES_DB_URL",
            r"(sqlite|mssql\+pyodbc)://.+",
            "must be a SQLAlchemy URL for sqlite or mssql+pyodbc",
        ),
        insights_connection_string=environment.get("APPLICATIONINSIGHTS_CONNECTION_STRING") or None,
        pipelines_dir=pipelines_dir(environment),
        aggregation_memory_limit=reader.matching(
            "AGGREGATION_MEMORY_LIMIT", MEMORY.pattern, "must be a size such as 512MB", "512MB"
        ),
        aggregation_threads=int(
            reader.matching("AGGREGATION_THREADS", r"[1-9]\d{0,2}", "must be from 1 to 999", "2")
        ),
        aggregation_temp_dir=Path(
            environment.get("AGGREGATION_TEMP_DIR") or Path(tempfile.gettempdir()) / "windrow"
        ),
        costs=reader.costs(),
    )
    reader.finish()
    return settings


class _Reader:
    """Reads settings and collects what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._problems: list[Problem] = []

    def required(self, name: str) -> str:
        return self.matching(name, r".+", "must not be empty")

    def matching(self, name: str, pattern: str, rule: str, default: str | None = None) -> str:
        value = self._environment.get(name) or default
        if value is None:
            self._problems.append(Problem(name, "is required", has_value=False))
        elif not re.fullmatch(pattern, value):
            self._problems.append(Problem(name, rule, has_value=False))
        else:
            return value
        return "0"

    def costs(self) -> CostSettings:
        try:
            return read_cost_settings(self._environment)
        except SettingsError as error:
            self._problems += error.problems
            return CostSettings()

    def finish(self) -> None:
        if self._problems:
            raise SettingsError("app settings", self._problems)
