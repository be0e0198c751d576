"""``events``: what the hubs hold, from the file of the log."""

import json
from pathlib import Path

import pytest

from localazure.cli.main import main
from localazure.config import EventHub
from localazure.eventhubs.log import EventLog
from localazure.eventhubs.model import EventData
from localazure.eventhubs.queries import log_path

HUBS = {
    "telemetry": EventHub(partitions=2, consumer_groups=("windrow",)),
    "alarms": EventHub(partitions=1),
}
NOON_MS = 1_767_268_800_000
NOON = "2026-01-01T12:00:00.000Z"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with three events in one partition, of which one group is done with two."""
    log = EventLog(log_path(tmp_path), HUBS)
    log.append("telemetry", 1, [EventData(b"x", {})] * 3, enqueued_ms=NOON_MS)
    log.set_checkpoint("telemetry", "windrow", 1, 1, "33")
    log.close()
    return tmp_path


def _lines(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_hubs_are_listed_for_people(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table has first and next number, the last time, and each group's checkpoint and lag."""
    assert main(["events", "--state", str(state)]) == 0
    lines = _lines(capsys)
    assert [line for line in lines if len(line) == 1 and "─" not in line[0]] == [
        ["alarms"],
        ["telemetry"],
    ]
    assert ["0", "0", "0", "-", "windrow", "-", "0"] not in lines
    assert ["0", "0", "0", "-", "$Default", "-", "0"] in lines
    assert ["1", "0", "3", NOON, "$Default", "-", "3"] in lines
    assert ["windrow", "1", "1"] in lines


def test_hubs_are_json_lines_for_programs(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json prints one object per hub; HUB leaves out the others, and its name ignores case."""
    assert main(["events", "Telemetry", "--json", "--state", str(state)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    document = json.loads(line)
    (default, windrow) = document["consumer_groups"]
    assert document["name"] == "telemetry"
    assert document["partitions"][1] == {
        "id": "1",
        "first_sequence": 0,
        "next_sequence": 3,
        "last_enqueued_time": NOON,
    }
    assert (default["name"], default["lag"]) == ("$Default", {"0": 0, "1": 3})
    assert (windrow["name"], windrow["lag"]) == ("windrow", {"0": 0, "1": 1})
    assert windrow["checkpoints"]["1"]["offset"] == "33"


def test_a_checkpoint_before_the_first_kept_event_counts_only_kept_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Events that retention took away wait for nobody."""
    hubs = {"telemetry": EventHub(partitions=1, retention_hours=1)}
    now = [0]
    log = EventLog(log_path(tmp_path), hubs, clock=lambda: now[0])
    log.append("telemetry", 0, [EventData(b"", {})] * 5)
    log.set_checkpoint("telemetry", "$Default", 0, 1, "0")
    now[0] = 2 * 3_600_000
    log.append("telemetry", 0, [EventData(b"", {})])
    log.expire()
    log.close()
    assert main(["events", "--json", "--state", str(tmp_path)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["partitions"][0]["first_sequence"] == 5
    assert document["consumer_groups"][0]["lag"] == {"0": 1}


def test_a_running_log_can_be_read(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command works beside a process that writes, and sees what that has committed."""
    log = EventLog(log_path(state), HUBS)
    log.append("telemetry", 0, [EventData(b"", {})])
    assert main(["events", "telemetry", "--json", "--state", str(state)]) == 0
    log.close()
    assert json.loads(capsys.readouterr().out)["partitions"][0]["next_sequence"] == 1


def test_an_unknown_hub_is_explained(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is not there is one message with those that are."""
    assert main(["events", "none", "--state", str(state)]) == 1
    assert "HUB must be one of ['alarms', 'telemetry']; got 'none'" in capsys.readouterr().err


def test_a_hub_that_left_the_configuration_is_not_shown(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list is what was configured at the last start."""
    EventLog(log_path(state), {"telemetry": HUBS["telemetry"]}).close()
    assert main(["events", "--json", "--state", str(state)]) == 0
    assert [json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()] == [
        "telemetry"
    ]


def test_without_a_cloud_there_is_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A state folder that has no log is not an error, and none is made."""
    assert main(["events", "--state", str(tmp_path / "none")]) == 0
    assert capsys.readouterr().out == ""
    assert not (tmp_path / "none").exists()
