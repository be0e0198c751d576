"""``localazure.yml``: what is accepted, and what is said about what is not."""

from pathlib import Path

import pytest

from localazure.config import load_configuration, parse_configuration
from localazure.errors import ConfigurationError
from tests.support.cloud import PROJECT


def test_the_project_has_a_valid_configuration() -> None:
    """The configuration that ships with the project is valid and has the lake."""
    configuration = load_configuration(PROJECT / "localazure.yml")
    assert configuration.storage.containers == ("lake",)
    assert configuration.machine_learning is not None
    assert configuration.machine_learning.datastores["lake"].container == "lake"


def test_an_empty_file_is_an_empty_cloud(tmp_path: Path) -> None:
    """A file without content means a cloud without containers and without machine learning."""
    (tmp_path / "empty.yml").touch()
    configuration = load_configuration(tmp_path / "empty.yml")
    assert configuration.machine_learning is None
    assert configuration.event_hubs.hubs == {}


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    """Every wrong field is named, with the rule and the value, in one error."""
    path = tmp_path / "wrong.yml"
    path.write_text(
        "storage: {containers: [Lake_]}\n"
        "machine_learning: {max_nodes: 0, typo: 1, endpoints: [{endpoint: e.yml}]}\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(path)
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    for part in (
        "storage.containers.0",
        "'Lake_'",
        "machine_learning.max_nodes",
        "got 0",
        "machine_learning.typo",
        "machine_learning.endpoints.0.deployments",
        str(path),
    ):
        assert part in text


def test_a_datastore_needs_a_container_that_exists() -> None:
    """A datastore over a container that storage does not have is refused by name."""
    document = {"machine_learning": {"datastores": {"lake": {"container": "pond"}}}}
    with pytest.raises(ConfigurationError, match=r"container of storage; got .*pond"):
        parse_configuration(document, source="test")


def test_the_project_has_the_telemetry_hub() -> None:
    """The hub that the app listens to has four partitions and the app's consumer group."""
    hub = load_configuration(PROJECT / "localazure.yml").event_hubs.hubs["telemetry"]
    assert (hub.partitions, hub.consumer_groups) == (4, ("$Default", "windrow"))


def test_every_hub_has_the_default_group_once() -> None:
    """The default consumer group always exists, and names that differ in case alone are one."""
    hubs = {"a": {}, "b": {"consumer_groups": ["one", "$Default", "One"]}}
    parsed = parse_configuration({"event_hubs": {"hubs": hubs}}, source="test").event_hubs.hubs
    assert parsed["a"].consumer_groups == ("$Default",)
    assert parsed["b"].consumer_groups == ("$Default", "One")
    assert (parsed["a"].partitions, parsed["a"].retention_hours) == (4, 24)


@pytest.mark.parametrize(
    ("hubs", "field"),
    [
        ({"-telemetry": {}}, "event_hubs.hubs.-telemetry"),
        ({"tele/metry": {}}, "event_hubs.hubs.tele/metry"),
        ({"a" * 257: {}}, "event_hubs.hubs.aaa"),
        ({"telemetry": {"partitions": 0}}, "event_hubs.hubs.telemetry.partitions"),
        ({"telemetry": {"partitions": 33}}, "event_hubs.hubs.telemetry.partitions"),
        ({"telemetry": {"consumer_groups": ["a b"]}}, "hubs.telemetry.consumer_groups.0"),
        ({"telemetry": {"retention_hours": 0}}, "event_hubs.hubs.telemetry.retention_hours"),
        ({"telemetry": {"surprise": 1}}, "event_hubs.hubs.telemetry.surprise"),
        ({"telemetry": {}, "Telemetry": {}}, "must differ in more than case"),
    ],
)
def test_a_wrong_hub_is_refused(hubs: dict[str, object], field: str) -> None:
    """A name, a number or a field that Event Hubs does not have is reported by its place."""
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration({"event_hubs": {"hubs": hubs}}, source="test")
    assert field in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "there is no such file"), (b"a: [", "as YAML"), (b"\xff\xfe\xff", "as YAML")],
)
def test_an_unreadable_file_is_a_configuration_error(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    """A file that is missing or is not YAML is reported by name, not by a traceback."""
    path = tmp_path / "localazure.yml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        load_configuration(path)


def test_a_list_is_not_a_configuration(tmp_path: Path) -> None:
    """A YAML document that is not a mapping is refused."""
    (tmp_path / "list.yml").write_text("- storage\n")
    with pytest.raises(ConfigurationError, match="the file: "):
        load_configuration(tmp_path / "list.yml")
