"""Where a deployment goes: by settings, or the local cloud."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy_model.errors import DeployError, InputError
from deploy_model.targets import find_target, is_local, local_environment

AZURE = {
    "AZUREML_SUBSCRIPTION_ID": "s",
    "AZUREML_RESOURCE_GROUP": "g",
    "AZUREML_WORKSPACE": "w",
    "LAKE__blobServiceUri": "https://account.blob.core.windows.net/",
}


def test_settings_name_a_workspace_in_azure() -> None:
    """Container and datastore have the app's own defaults."""
    assert not is_local(AZURE, None)
    target = find_target(AZURE | {"LAKE__container": "other"})
    assert (target.workspace, target.container, target.datastore) == ("w", "other", "lake")
    assert target.blob_uri == "https://account.blob.core.windows.net"


def test_without_settings_or_with_a_state_folder_it_is_the_local_cloud() -> None:
    """What was named on the command line goes before what is set."""
    assert is_local({}, None)
    assert is_local(AZURE, Path("state"))


def test_all_problems_of_settings_are_told_at_once() -> None:
    """Values that may hold a secret are not shown."""
    with pytest.raises(InputError) as told:
        find_target({"AZUREML_WORKSPACE": "w", "LAKE__blobServiceUri": "https://a/b?sig=secret"})
    text = str(told.value)
    assert "`AZUREML_SUBSCRIPTION_ID` is required" in text
    assert "`AZUREML_RESOURCE_GROUP` is required" in text
    assert "`LAKE__blobServiceUri` must be an https URL without a query" in text
    assert "secret" not in text


def test_a_cloud_that_does_not_run_is_told(tmp_path: Path) -> None:
    """Also one that was killed, and left its file behind."""
    with pytest.raises(DeployError, match="no local cloud runs in"):
        local_environment(tmp_path)
    environment = {"LOCALAZURE_BLOB_URI": "https://127.0.0.1:1/devstoreaccount1"}
    (tmp_path / "endpoints.json").write_text(json.dumps({"environment": environment}))
    with pytest.raises(DeployError, match=r"nothing answers at 127\.0\.0\.1:1"):
        local_environment(tmp_path)
