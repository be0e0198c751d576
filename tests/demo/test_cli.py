"""The command line: mistakes are told in one line, with exit code 2, before anything starts."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo import cli
from demo.errors import DemoError, UsageError
from demo.out_folder import MARK, empty_folder
from demo.outcome import Outcome
from demo.screen import Screen
from demo.story import Plan
from tests.demo.builders import ROOT, make_fault, make_outcome, make_scores
from tests.demo.streams import make_stream, make_told


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app's folder, as far as the command line looks into it."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "pipelines").symlink_to(ROOT / "pipelines")
    (folder / "local.settings.json").symlink_to(ROOT / "local.settings.sample.json")
    return folder


@pytest.fixture(autouse=True)
def _no_child(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test here may start a process; and main's signal handler is taken back."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("nothing may be started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_without_arguments_a_million_readings_of_yesterday_are_scored(app: Path) -> None:
    """The defaults are those of `make demo`."""
    plan = cli.make_plan([], app)
    today = datetime.now(UTC).date()
    assert plan.pipeline.name == "fleet_health"
    assert (plan.events, plan.file, plan.app) == (1_000_000, None, app)
    assert plan.stream is not None
    assert plan.stream.name == "fleet_stream"
    assert plan.day in (today - timedelta(days=1), today - timedelta(days=2))
    assert plan.out == Path("out/demo").absolute()


def test_all_arguments_are_heard(app: Path, tmp_path: Path) -> None:
    """Size, seed, day and folder may be chosen."""
    arguments = [
        "--events",
        "500",
        "--seed",
        "3",
        "--day",
        "2026-01-10",
        "--out",
        str(tmp_path / "o"),
    ]
    plan = cli.make_plan(arguments, app)
    assert (plan.events, plan.seed, plan.day.isoformat()) == (500, 3, "2026-01-10")
    assert plan.out == tmp_path / "o"


def test_the_stream_is_left_out_if_one_says_so_or_brings_a_file(app: Path, tmp_path: Path) -> None:
    """A file of one's own has no stream; with --stream there is a second act all the same."""
    file = tmp_path / "mine.csv"
    file.write_text("ts,device,sensor,value\n2026-01-10T00:01:00Z,a,b,1\n")
    assert cli.make_plan(["--no-stream"], app).stream is None
    assert cli.make_plan(["--input", str(file)], app).stream is None
    assert cli.make_plan(["--input", str(file), "--stream"], app).stream is not None


def test_a_stream_that_the_pipeline_cannot_read_is_refused(app: Path) -> None:
    """The way out is in the message."""
    (app / "pipelines").unlink()
    (app / "pipelines").mkdir()
    for name in ("fleet_health", "fleet_stream"):
        text = (ROOT / "pipelines" / f"{name}.yml").read_text()
        changed = text.replace("column: value}", "column: pulse}") if "stream" in name else text
        (app / "pipelines" / f"{name}.yml").write_text(changed)
    with pytest.raises(UsageError, match="leave the second act out with --no-stream"):
        cli.make_plan([], app)
    assert cli.make_plan(["--no-stream"], app).stream is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pipeline", "nope"], "there is no pipeline 'nope'; there are fleet_health, "),
        (["--pipeline", "../secrets"], "there is no pipeline '../secrets'"),
        (["--pipeline", "readings"], "no made-up data for pipeline 'readings': give a file"),
        (["--pipeline", "telemetry"], "no made-up data for pipeline 'telemetry'"),
        (["--events", "0"], "--events must be at least 1; got 0"),
        (["--input", "gone.parquet"], "gone.parquet: there is no such file"),
        (["--out", str(ROOT)], "holds files that no demo made"),
        (["--out", str(ROOT / "pyproject.toml")], "--out must be a folder"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says what is wrong; the exit code is 2."""
    assert cli.main(arguments) == 2
    printed = capsys.readouterr().out
    assert message in printed
    assert len(printed.splitlines()) == 1


def test_settings_that_are_not_there_are_told(app: Path) -> None:
    """Without settings the app could not start: better to say so at once."""
    (app / "local.settings.json").unlink()
    with pytest.raises(UsageError, match=r"local.settings.json is missing: `make demo` copies it"):
        cli.make_plan([], app)


def test_a_pipeline_without_the_columns_of_the_report_is_refused(app: Path) -> None:
    """The demo shows scores, thresholds and flags; a pipeline without them is not for it."""
    (app / "pipelines").unlink()
    (app / "pipelines").mkdir()
    text = (ROOT / "pipelines" / "fleet_health.yml").read_text()
    (app / "pipelines" / "fleet_health.yml").write_text(text.replace("threshold: float, ", ""))
    with pytest.raises(UsageError, match="has no output column threshold"):
        cli.make_plan([], app)


def test_a_broken_pipeline_file_is_told(app: Path) -> None:
    """What is wrong with the file is what the app itself would say."""
    (app / "pipelines").unlink()
    (app / "pipelines").mkdir()
    (app / "pipelines" / "fleet_health.yml").write_text("name: fleet_health\n")
    with pytest.raises(UsageError, match=r"fleet_health.yml: `source` is required"):
        cli.make_plan([], app)


@pytest.mark.parametrize(
    ("status", "reconciled", "code"),
    [("Completed", True, 0), ("Completed", False, 1), ("CompletedWithErrors", True, 1)],
)
def test_the_exit_code_tells_whether_the_run_is_good(
    status: str,
    reconciled: bool,
    code: int,
    app: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """0 only if the run completed and reconciled; the report is written in any case."""

    def play(plan: Plan, _screen: Screen) -> Outcome:
        empty_folder(plan.out)
        outcome = make_outcome([make_fault(12, 40)], make_scores({}))
        run = replace(outcome.run, status=status, reconciled=reconciled)
        return replace(outcome, run=run)

    monkeypatch.setattr(cli, "play", play)
    monkeypatch.setattr(cli, "APP", app)
    out = tmp_path / "o"
    monkeypatch.setattr(cli, "make_plan", lambda a, _app=app: _plan(a, app))
    assert cli.main(["--out", str(out)]) == code
    printed = capsys.readouterr().out
    assert f"report: {out / 'report.html'}" in printed
    assert "warning: `value_std` has drifted: PSI 0.412, above 0.25\n" in printed
    assert sorted(p.name for p in out.iterdir()) == [MARK, "report.html", "summary.json"]


@pytest.mark.parametrize(("sent", "code"), [(5, 0), (6, 1)])
def test_the_exit_code_tells_whether_the_stream_is_good(
    sent: int,
    code: int,
    app: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One event that is not accounted for makes the demo fail, with a sentence that says so."""

    def play(plan: Plan, _screen: Screen) -> Outcome:
        empty_folder(plan.out)
        stream = make_stream(told=make_told(sent=sent))
        return replace(make_outcome([make_fault(12, 40)], make_scores({})), stream=stream)

    monkeypatch.setattr(cli, "play", play)
    monkeypatch.setattr(cli, "make_plan", lambda a, _app=app: _plan(a, app))
    assert cli.main(["--out", str(tmp_path / "o")]) == code
    printed = capsys.readouterr().out
    sentence = "the stream does not add up: 6 events sent is not 4 landed + 1 quarantined"
    assert (sentence in printed) == bool(code)
    assert "events landed" in printed


_plan = cli.make_plan


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (DemoError("the app [was] away"), 1, "demo: the app [was] away"),
        (KeyboardInterrupt(), 130, "interrupted; the stand-in was stopped"),
    ],
)
def test_a_demo_that_cannot_go_on_says_why(
    error: BaseException,
    code: int,
    said: str,
    app: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No traceback: one line and an exit code."""

    def play(_plan: Plan, _screen: Screen) -> Outcome:
        raise error

    monkeypatch.setattr(cli, "play", play)
    monkeypatch.setattr(cli, "make_plan", lambda a, _app=app: _plan(a, app))
    assert cli.main([]) == code
    assert said in capsys.readouterr().out


def test_a_former_demos_folder_is_emptied(tmp_path: Path) -> None:
    """Each demo starts afresh, but nobody else's files are removed."""
    out = tmp_path / "o"
    empty_folder(out)
    (out / "old").write_text("x")
    empty_folder(out)
    assert [path.name for path in out.iterdir()] == [MARK]
    (out / MARK).unlink()
    (out / "mine").write_text("x")
    with pytest.raises(UsageError, match="holds files that no demo made"):
        empty_folder(out)
    assert (out / "mine").exists()
