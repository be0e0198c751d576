"""``instances``: what the durable engine knows, from its state file."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localazure.cli.main import main
from localazure.durable import events
from localazure.durable.model import (
    NewInstance,
    Outcome,
    Parent,
    ScheduleActivity,
    ScheduleTimer,
    Status,
)
from localazure.durable.sqlite_store import SqliteStore

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Return a moment after noon."""
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A running parent with a child that failed, an open activity and a timer; an older instance.

    The store stays open, as under a running host.
    """
    with closing(SqliteStore(tmp_path / "durable.sqlite3")) as store:
        _end(store, "old", at(-3600), Status.COMPLETED)
        store.create(NewInstance("root", "parent", '{"n": 1}'), NOON)
        outcome = _turn(store, "root", at(1))
        outcome.custom_status = '{"stage": "waiting"}'
        outcome.history += [
            events.task_scheduled(at(1), 0, "act"),
            events.sub_orchestration_created(at(1), 1, name="child", instance_id="root:1"),
            events.timer_created(at(1), 2, at(90)),
            events.task_scheduled(at(1), 3, "quick"),
            events.task_completed(at(3.5), 3, "1"),
            events.event_raised(at(4), "go", "1"),
        ]
        outcome.activities = [ScheduleActivity(0, "act", "1")]
        outcome.timers = [ScheduleTimer(2, at(90))]
        link = Parent("root", outcome.instance.execution_id, 1, "parent")
        outcome.children = [NewInstance("root:1", "child", parent=link)]
        store.commit_turn(outcome)
        ended = _turn(store, "root:1", at(6), Status.FAILED)
        ended.output = '"bad luck"'
        ended.history.append(
            events.execution_completed(at(6), 0, status="Failed", result='"bad luck"')
        )
        store.commit_turn(ended)
        yield tmp_path


def _turn(
    store: SqliteStore, instance_id: str, now: datetime, status: Status = Status.RUNNING
) -> Outcome:
    turn = store.load_turn(instance_id, now)
    assert turn is not None
    return Outcome(
        instance=turn.instance,
        status=status,
        custom_status=None,
        now=now,
        consumed=[one.message_id for one in turn.messages],
        history=[one.event for one in turn.messages],
    )


def _end(store: SqliteStore, instance_id: str, now: datetime, status: Status) -> None:
    store.create(NewInstance(instance_id, "quick"), now)
    store.commit_turn(_turn(store, instance_id, now, status))


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["instances", *arguments, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def _words(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_instances_are_listed_for_people(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Oldest first, sub-orchestrations on request."""
    assert main(["instances", "--state", str(state)]) == 0
    lines = [line for line in _words(capsys) if "2026-01-01" in line]
    assert lines[0] == "old quick Completed 2026-01-01 11:00:00 0.0"
    assert lines[1].startswith("root parent Running 2026-01-01 12:00:00")
    assert lines[1].endswith('{"stage": "waiting"}')
    assert len(lines) == 2
    assert main(["instances", "--state", str(state), "--all"]) == 0
    assert "root:1 child Failed 2026-01-01 12:00:01 5.0" in _words(capsys)


def test_one_is_shown_with_all_about_it(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its tree, what it waits for, and how long each step took."""
    assert main(["instances", "root", "--state", str(state)]) == 0
    lines = _words(capsys)
    assert 'input: {"n": 1}' in lines
    assert "└── root:1 child Failed 5.0 s" in lines
    assert "activity act 2026-01-01 12:00:01" in lines
    assert "timer 2026-01-01 12:01:30" in lines
    assert "2026-01-01 12:00:01 activity quick 2.5 completed" in lines
    assert "2026-01-01 12:00:01 activity act open" in lines
    assert "2026-01-01 12:00:04 event go" in lines


def test_programs_get_json(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same facts: one object per instance, or one for all about it."""
    (document,) = _json(capsys, "root", "--state", str(state))
    assert document["input"] == {"n": 1}
    assert document["subOrchestrations"][0]["output"] == "bad luck"
    assert [one["kind"] for one in document["waiting"]] == ["activity", "timer"]
    quick = next(one for one in document["history"] if one["name"] == "quick")
    assert (quick["began"], quick["outcome"]) == (at(1).isoformat(), "completed")
    listed = _json(capsys, "--state", str(state), "--all")
    assert [(one["instanceId"], one["parentId"]) for one in listed] == [
        ("old", None),
        ("root", None),
        ("root:1", "root"),
    ]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--status", "running"], ["root"]),
        (["--status", "Running", "--status", "Completed"], ["old", "root"]),
        (["--since", "2026-01-01T11:30:00Z"], ["root"]),
        (["--until", "2026-01-01T11:30:00"], ["old"]),
        (["--prefix", "ro"], ["root"]),
        (["--prefix", "ro", "--all"], ["root", "root:1"]),
        (["--limit", "1"], ["root"]),
    ],
)
def test_filters_choose(
    state: Path, capsys: pytest.CaptureFixture[str], filters: list[str], found: list[str]
) -> None:
    """By status, by time of creation, by the beginning of the id; the newest are kept."""
    listed = _json(capsys, "--state", str(state), *filters)
    assert [one["instanceId"] for one in listed] == found


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody"], "ID must be that of an instance; got 'nobody'"),
        (["--status", "Lost"], "--status must be one of"),
        (["--since", "noon"], "--since must be a time such as 2026-01-31T06:00:00Z; got 'noon'"),
        (["--limit", "0"], "--limit must be at least 1; got 0"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(
    state: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """It names the argument, the rule and the value."""
    assert main(["instances", *arguments, "--state", str(state)]) == 1
    assert said in capsys.readouterr().err


def test_a_folder_without_a_host_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is created there; a file that is no state file is told as well."""
    assert main(["instances", "--state", str(tmp_path / "none")]) == 1
    assert "no host has run there" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
    (tmp_path / "durable.sqlite3").write_text("no database, " * 100)
    assert main(["instances", "--state", str(tmp_path)]) == 1
    assert "cannot be read" in capsys.readouterr().err
