"""host.json and local.settings.json."""

import json
from pathlib import Path

import pytest

from localazure.functions_host.errors import SettingsError
from localazure.functions_host.settings import (
    apply_local_settings,
    is_disabled,
    read_host_settings,
)


def write(folder: Path, name: str, content: object) -> Path:
    """Write a settings file and return its folder."""
    (folder / name).write_text(json.dumps(content), "utf-8")
    return folder


def test_values_fill_the_environment(tmp_path: Path) -> None:
    """Plain values become texts, comments are left out, the environment comes first."""
    values = {"A": "1", "B": True, "C": 2, "//": "x", "_D": "x", "E": "%A%-%F%", "A2": None}
    environ = {"A": "0", "F": "f"}
    apply_local_settings(write(tmp_path, "local.settings.json", {"Values": values}), environ)
    assert environ == {"A": "0", "F": "f", "B": "true", "C": "2", "E": "0-f", "A2": ""}


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """Unknown names and circles are named together."""
    values = {"A": "%B%", "B": "%A%", "C": "%NOPE%"}
    with pytest.raises(SettingsError) as caught:
        apply_local_settings(write(tmp_path, "local.settings.json", {"Values": values}), {})
    assert "A: %B% leads back to itself" in str(caught.value) or "leads back" in str(caught.value)
    assert "C: %NOPE% is not an app setting" in str(caught.value)


def test_nested_values_are_refused(tmp_path: Path) -> None:
    """A value that is not plain is named."""
    write(tmp_path, "local.settings.json", {"Values": {"A": {"b": 1}}})
    with pytest.raises(SettingsError, match="not so: A"):
        apply_local_settings(tmp_path, {})


def test_host_json_is_read(tmp_path: Path) -> None:
    """Route prefix and hub name are followed; without a file there are defaults."""
    assert read_host_settings(tmp_path, {}).route_prefix == "api"
    content = {"extensions": {"http": {"routePrefix": ""}, "durableTask": {"hubName": "%HUB%"}}}
    settings = read_host_settings(write(tmp_path, "host.json", content), {"HUB": "mine"})
    assert (settings.route_prefix, settings.task_hub) == ("", "mine")


def test_the_durable_section_is_read(tmp_path: Path) -> None:
    """Two limits are followed; what else it says is named as without effect."""
    section = {"maxConcurrentActivityFunctions": 3, "storageProvider": {"type": "azureManaged"}}
    content = {"extensions": {"durableTask": section}}
    durable = read_host_settings(write(tmp_path, "host.json", content), {}).durable
    assert (durable.hub_name, durable.max_activities) == ("TestHubName", 3)
    assert durable.without_effect == ("storageProvider",)


def test_wrong_limits_are_told_at_once(tmp_path: Path) -> None:
    """Each with its place in host.json, the rule and the value."""
    names = ("maxConcurrentActivityFunctions", "maxConcurrentOrchestratorFunctions")
    section = {"hubName": 5, names[0]: 0, names[1]: "8"}
    write(tmp_path, "host.json", {"extensions": {"durableTask": section}})
    with pytest.raises(SettingsError) as caught:
        read_host_settings(tmp_path, {})
    where = "host.json: extensions.durableTask."
    assert str(caught.value).splitlines() == [
        f"{where}hubName must be a text; got 5",
        f"{where}{names[0]} must be a number of at least 1; got 0",
        f"{where}{names[1]} must be a number of at least 1; got '8'",
    ]


@pytest.mark.parametrize("key", ["AzureWebJobs.f.Disabled", "AzureWebJobs_f_Disabled"])
def test_functions_are_disabled_by_setting(key: str) -> None:
    """Both spellings work; only true and 1 disable."""
    assert is_disabled("f", {key: "True"})
    assert is_disabled("f", {key: "1"})
    assert not is_disabled("f", {key: "false"})
    assert not is_disabled("g", {key: "true"})
