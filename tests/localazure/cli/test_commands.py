"""The command line, apart from starting things."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localazure.cli.main import main
from localazure.insights.envelopes import parse_envelope
from localazure.insights.store import InsightsStore
from localazure.state import State
from tests.support.cloud import PROJECT, RunningCloud
from tests.support.waiting import wait_until


@pytest.fixture
def store(tmp_path: Path) -> Iterator[InsightsStore]:
    """The telemetry of a state folder, with one exception and one event in it."""
    store = InsightsStore(State.at(tmp_path / "state").insights, keep_days=30)
    exception = {"exceptions": [{"typeName": "ValueError", "message": "[red]rows"}]}
    _add(store, "ExceptionData", {**exception, "properties": {"run": "run-1"}})
    _add(store, "EventData", {"name": "run_completed"})
    yield store
    store.close()


def _add(store: InsightsStore, base_type: str, base_data: dict[str, object]) -> None:
    data = {"baseType": base_type, "baseData": base_data}
    store.add([parse_envelope({"name": "n", "time": "2099-01-01T00:00:00Z", "data": data})])


@pytest.mark.parametrize(
    "command", [[], ["up"], ["cloud"], ["host"], ["insights"], ["events"], ["reset"]]
)
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """--help explains each command and ends well."""
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    assert "python -m localazure" in capsys.readouterr().out


def test_insights_are_listed_for_people(
    store: InsightsStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list shows type, message as it is, and properties."""
    assert main(["insights", "--state", str(tmp_path / "state")]) == 0
    output = capsys.readouterr().out
    assert "ValueError [red]rows" in output
    assert "run run-1" in output
    assert "run_completed" in output


def test_insights_are_json_lines_for_programs(
    store: InsightsStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--json prints one object per line; --kind leaves out the others."""
    state = str(tmp_path / "state")
    assert main(["insights", "--state", state, "--json", "--kind", "exception"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["properties"] == {"run": "run-1"}


def test_insights_can_be_followed(store: InsightsStore, tmp_path: Path) -> None:
    """--follow goes on with items that arrive later, each shown once."""
    output = tmp_path / "output"
    command = [sys.executable, "-m", "localazure", "insights", "--json", "--follow"]
    with (
        output.open("wb") as file,
        subprocess.Popen(
            [*command, "--state", str(tmp_path / "state")], cwd=PROJECT, stdout=file
        ) as process,
    ):
        wait_until(lambda: len(output.read_text().splitlines()) == 2, description="old items")
        _add(store, "EventData", {"name": "later"})
        wait_until(lambda: len(output.read_text().splitlines()) == 3, description="the new item")
        process.terminate()
    assert json.loads(output.read_text().splitlines()[-1])["name"] == "later"


def test_a_wrong_time_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A value that cannot be read is one message and exit code 1, not a traceback."""
    assert main(["insights", "--state", str(tmp_path), "--since", "yesterday"]) == 1
    assert "since must be an ISO 8601 time; got 'yesterday'" in capsys.readouterr().err


def test_the_environment_can_be_exported(cloud: RunningCloud) -> None:
    """A shell that evaluates --export has the variables of the cloud that runs."""
    script = 'eval "$("$0" -m localazure cloud --export --state "$1")" && env'
    output = subprocess.run(
        ["/bin/sh", "-c", script, sys.executable, str(cloud.state)],
        cwd=PROJECT,
        env={**os.environ},
        stdout=subprocess.PIPE,
        text=True,
        timeout=30,
        check=True,
    ).stdout
    exported = dict(line.split("=", 1) for line in output.splitlines() if "=" in line)
    assert cloud.environment.items() <= exported.items()


def test_there_is_nothing_to_export_before_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a cloud that is ready, --export says so and prints nothing to evaluate."""
    assert main(["cloud", "--export", "--state", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no local cloud is ready" in captured.err


def test_reset_deletes_data_but_not_the_cache(tmp_path: Path) -> None:
    """A reset leaves an empty state, and the installed Azurite."""
    state = State.at(tmp_path / "state")
    (state.azurite / "blob").write_text("data")
    (state.folder / "cache").mkdir()
    (state.folder / "cache" / "installed").touch()
    assert main(["reset", "--state", str(state.folder)]) == 0
    assert not state.azurite.exists()
    assert (state.folder / "cache" / "installed").exists()


def test_reset_spares_a_cloud_that_runs(
    cloud: RunningCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """A state folder in use is not deleted."""
    assert main(["reset", "--state", str(cloud.state)]) == 1
    assert f"process {cloud.pid}" in capsys.readouterr().err
    assert (cloud.state / "azurite").exists()


def test_reset_spares_other_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that no local cloud has made is never emptied."""
    (tmp_path / "thesis.txt").write_text("years of work")
    assert main(["reset", "--state", str(tmp_path)]) == 1
    assert "is not a state folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_up_needs_an_app(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without an app is refused before anything starts."""
    assert main(["up", "--app", str(tmp_path), "--state", str(tmp_path / "state")]) == 1
    assert "holds no function_app.py" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()
