"""The app that the commands talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from commands.cli import main
from tests.commands.quarantine_app import QuarantineApp, make_event, serving

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[QuarantineApp]:
    """An app with three events in its quarantine, where WINDROW_APP_URL says."""
    with serving(QuarantineApp([make_event(n) for n in (1, 2, 3)])) as served:
        monkeypatch.setenv("WINDROW_APP_URL", served.url)
        yield served


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command: its exit code, stdout and stderr."""
    monkeypatch.delenv("WINDROW_FUNCTION_KEY", raising=False)
    monkeypatch.setenv("COLUMNS", "160")

    def command(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(arguments)
        except SystemExit as stopped:
            assert isinstance(stopped.code, int)
            code = stopped.code
        printed = capfd.readouterr()
        return code, printed.out, printed.err

    return command
