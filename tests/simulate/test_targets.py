"""Where the stream goes: by the app's own settings, to this machine or to a real namespace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulate import UnreachableError, find_target, local_environment
from simulate.errors import UsageError
from simulate.targets import is_local, namespace_setting

LOCAL = {"LOCALAZURE_EVENT_HUBS": "127.0.0.1:4711"}
REAL = "fleet.servicebus.windows.net"


@pytest.mark.parametrize("namespace", [None, "%LOCALAZURE_EVENT_HUBS%", "127.0.0.1:4711"])
def test_the_local_cloud_is_the_default(namespace: str | None) -> None:
    """Its address comes from its environment; a placeholder of the settings is filled in."""
    target = find_target(LOCAL, namespace)
    assert (target.url, target.hub) == ("https://127.0.0.1:4711", "telemetry")
    assert target.is_local


def test_a_real_namespace_is_the_same_but_for_the_host() -> None:
    """Over https, with the system's authorities."""
    target = find_target({}, REAL, "other")
    assert (target.url, target.hub, target.ca_bundle) == (f"https://{REAL}", "other", None)
    assert target.token is not None
    assert not target.is_local


@pytest.mark.parametrize(
    ("namespace", "local"),
    [
        ("%LOCALAZURE_EVENT_HUBS%", True),
        ("localhost:1", True),
        ("[::1]:4711", True),
        (REAL, False),
        ("localhost.example.net", False),
    ],
)
def test_this_machine_is_told_from_others(namespace: str, local: bool) -> None:
    """Only what is on this machine can be the stand-in."""
    assert is_local(namespace) == local


@pytest.mark.parametrize("namespace", ["https://a.net", "a b", "%OTHER%", "a.net/x", "sb://a"])
def test_a_namespace_is_a_host_name(namespace: str) -> None:
    """Anything else would be a wrong address."""
    with pytest.raises(UsageError, match="--namespace must be a host name"):
        find_target(LOCAL, namespace)


def test_a_hub_is_a_name() -> None:
    """It becomes a part of the path."""
    with pytest.raises(UsageError, match=r"--hub must be a name of letters.*got 'a\?b'"):
        find_target(LOCAL, REAL, "a?b")


def test_a_local_cloud_without_event_hubs_is_told() -> None:
    """It runs, and has no namespace."""
    with pytest.raises(UnreachableError, match="has no Event Hubs"):
        find_target({}, None)


def test_the_namespace_is_the_app_s_setting(tmp_path: Path) -> None:
    """From the environment, else from the settings file, else the local cloud."""
    name, file = "EVENTHUB__fullyQualifiedNamespace", tmp_path / "local.settings.json"
    assert namespace_setting({}, file) == "%LOCALAZURE_EVENT_HUBS%"
    file.write_text(json.dumps({"Values": {}}))
    assert namespace_setting({}, file) == "%LOCALAZURE_EVENT_HUBS%"
    file.write_text(json.dumps({"Values": {name: REAL}}))
    assert namespace_setting({}, file) == REAL
    assert namespace_setting({name: "other.net"}, file) == "other.net"


@pytest.mark.parametrize("text", [None, "", "[]", '{"environment": 3}'])
def test_no_local_cloud_is_told(tmp_path: Path, text: str | None) -> None:
    """The file that a running one leaves is not there, or is half written."""
    if text is not None:
        (tmp_path / "endpoints.json").write_text(text)
    with pytest.raises(
        UnreachableError, match=r"no local cloud runs in .*: start it with `make up`"
    ):
        local_environment(tmp_path)


def test_a_running_local_cloud_tells_its_environment(tmp_path: Path) -> None:
    """As `make up` writes it."""
    (tmp_path / "endpoints.json").write_text(json.dumps({"cloud": "x", "environment": LOCAL}))
    assert local_environment(tmp_path) == LOCAL
