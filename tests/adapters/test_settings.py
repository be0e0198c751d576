"""The app's settings: complete, checked, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.settings import APP_FOLDER, pipelines_dir, read_settings
from domain.cost_settings import CostPolicy
from domain.errors import SettingsError

GOOD = {
    "LAKE__blobServiceUri": "https://account.blob.core.windows.net",
    "AZUREML_SUBSCRIPTION_ID": "subscription",
    "AZUREML_RESOURCE_GROUP": "group",
    "AZUREML_WORKSPACE": "workspace",
    "SCORES_DB_URL": "sqlite:///scores.db",
}


def test_defaults_are_enough_for_what_is_not_required() -> None:
    """Services must be named; sizes, folders and the lake's container have defaults."""
    settings = read_settings(GOOD)
    assert (settings.lake_container, settings.azureml_datastore) == ("lake", "lake")
    assert (settings.aggregation_memory_limit, settings.aggregation_threads) == ("512MB", 2)
    assert settings.insights_connection_string is None
    assert settings.pipelines_dir == APP_FOLDER / "pipelines"
    assert settings.aggregation_temp_dir.is_absolute()


def test_every_setting_is_read() -> None:
    """What is set takes the place of the default."""
    settings = read_settings(
        {
            **GOOD,
            "LAKE__container": "other-lake",
            "AZUREML_DATASTORE": "other_lake",
            "SCORES_DB_URL": "mssql+pyodbc:///?odbc_connect=x",
            "APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=0",
            "PIPELINES_DIR": "/srv/pipelines",
            "AGGREGATION_MEMORY_LIMIT": "1.5GiB",
            "AGGREGATION_THREADS": "16",
            "AGGREGATION_TEMP_DIR": "/srv/spill",
            "COST_POLICY": "dry",
        }
    )
    assert (settings.lake_container, settings.azureml_datastore) == ("other-lake", "other_lake")
    assert settings.insights_connection_string == "InstrumentationKey=0"
    assert (settings.aggregation_memory_limit, settings.aggregation_threads) == ("1.5GiB", 16)
    assert settings.pipelines_dir == Path("/srv/pipelines")
    assert settings.aggregation_temp_dir == Path("/srv/spill")
    assert settings.costs.policy is CostPolicy.DRY


def test_all_missing_settings_are_told_at_once() -> None:
    """An empty environment is one error that names every required setting."""
    with pytest.raises(SettingsError) as raised:
        read_settings({})
    assert {problem.field for problem in raised.value.problems} == set(GOOD)
    assert all(f"`{name}` is required" in str(raised.value) for name in GOOD)


WRONG = {
    "LAKE__blobServiceUri": "http://s3cret.blob.core.windows.net",
    "LAKE__container": "S3CRET",
    "AZUREML_DATASTORE": "s3cret-datastore",
    "SCORES_DB_URL": "postgresql://user:s3cret@host/db",
    "AGGREGATION_MEMORY_LIMIT": "s3cret",
    "AGGREGATION_THREADS": "0 s3cret",
    "COST_POLICY": "s3cret",
    "COMPUTE_MAX_NODES": "s3cret",
}


def test_all_wrong_settings_are_told_at_once_without_their_values() -> None:
    """The error names each setting and its rule; a value may be a secret and is never shown."""
    with pytest.raises(SettingsError) as raised:
        read_settings({**GOOD, **WRONG})
    assert {problem.field for problem in raised.value.problems} == set(WRONG)
    assert all(problem.rule.startswith("must be ") for problem in raised.value.problems)
    assert "s3cret" not in f"{raised.value} {raised.value.problems!r}".lower()


@pytest.mark.parametrize("name", GOOD)
def test_an_empty_setting_is_a_missing_one(name: str) -> None:
    """A setting that is there but empty counts as not set."""
    with pytest.raises(SettingsError, match=f"`{name}` is required"):
        read_settings({**GOOD, name: ""})


def test_relative_folders_belong_to_the_app() -> None:
    """The pipelines' folder does not depend on where the process was started."""
    assert pipelines_dir({}) == APP_FOLDER / "pipelines"
    assert pipelines_dir({"PIPELINES_DIR": "mine"}) == APP_FOLDER / "mine"
    assert (APP_FOLDER / "host.json").is_file()
