"""The stand-in as a child: waited for, checked, and always stopped."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from demo import standin
from demo.errors import DemoError
from demo.standin import running_stand_in

READY = """
import json, pathlib, signal, subprocess, sys
state = pathlib.Path(sys.argv[sys.argv.index("--state") + 1])
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(3))
grandchild = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
environment = {"WINDROW_TEST": str(grandchild.pid)}
body = {"functions": "http://f", "blob": "https://b", "environment": environment}
(state / "endpoints.json.new").write_text(json.dumps(body))
(state / "endpoints.json.new").rename(state / "endpoints.json")
try:
    signal.pause()
except KeyboardInterrupt:
    (state / "stopped").touch()
"""
FAILING = "import sys; print('first line'); sys.exit('port 7071 is taken')"
DEAF = READY.replace("try:", "signal.signal(signal.SIGINT, signal.SIG_IGN)\ntry:")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder in which `python -m localazure` is whatever the test writes there."""
    folder = tmp_path / "app"
    folder.mkdir()
    return folder


def _stand_in(app: Path, code: str) -> Path:
    (app / "localazure.py").write_text(code)
    return app


def test_the_child_is_ready_when_its_addresses_are_there(app: Path, tmp_path: Path) -> None:
    """Within the block the environment leads to the local cloud; afterwards it is as before."""
    with running_stand_in(_stand_in(app, READY), tmp_path / "out") as stand_in:
        assert (stand_in.functions, stand_in.blob) == ("http://f", "https://b")
        assert os.environ["WINDROW_TEST"].isdigit()
        stand_in.check()
    assert "WINDROW_TEST" not in os.environ
    assert (tmp_path / "out" / "state" / "stopped").exists()


def test_nothing_is_left_behind(app: Path, tmp_path: Path) -> None:
    """When the demo fails, the child and what it started are gone."""
    with (
        pytest.raises(RuntimeError),
        running_stand_in(_stand_in(app, READY), tmp_path / "out") as stand_in,
    ):
        grandchild = psutil.Process(int(os.environ["WINDROW_TEST"]))
        raise RuntimeError
    assert stand_in.process.poll() is not None
    psutil.wait_procs([grandchild], timeout=10)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_a_child_that_does_not_listen_is_ended(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopping takes no longer than it may."""
    monkeypatch.setattr(standin, "STOP_TIMEOUT_S", 0.2)
    with running_stand_in(_stand_in(app, DEAF), tmp_path / "out") as stand_in:
        pass
    assert stand_in.process.returncode == -9


def test_a_child_that_cannot_start_is_quoted(app: Path, tmp_path: Path) -> None:
    """The last lines of its log tell why."""
    with (
        pytest.raises(DemoError, match=r"did not start(.|\n)*port 7071 is taken"),
        running_stand_in(_stand_in(app, FAILING), tmp_path / "out"),
    ):
        pass


def test_a_child_that_never_gets_ready_is_given_up(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting has an end, and the child is stopped."""
    monkeypatch.setattr(standin, "START_TIMEOUT_S", 0.3)
    with (
        pytest.raises(DemoError, match="was not ready after 0 s"),
        running_stand_in(_stand_in(app, "import signal; signal.pause()"), tmp_path / "out"),
    ):
        pass


def test_a_child_that_ends_by_itself_is_noticed(app: Path, tmp_path: Path) -> None:
    """The check that is made while waiting for a run fails."""
    with running_stand_in(_stand_in(app, READY), tmp_path / "out") as stand_in:
        stand_in.process.send_signal(signal.SIGUSR1)
        stand_in.process.wait(30)
        with pytest.raises(DemoError, match="ended by itself with exit code 3"):
            stand_in.check()


def test_the_same_python_runs_the_child(app: Path, tmp_path: Path) -> None:
    """The child is started with this interpreter, on a free port, with its state beside."""
    with running_stand_in(_stand_in(app, READY), tmp_path / "out") as stand_in:
        command = psutil.Process(stand_in.process.pid).cmdline()
    assert Path(command[0]).name == Path(sys.executable).name
    assert command[1:4] == ["-m", "localazure", "up"]
    assert command[-2:] == ["--port", "0"]
