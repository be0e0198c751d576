"""Where the commands look for the app if nobody says where it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands.local_cloud import LOCAL_APP, local_environment
from tests.commands.conftest import Run
from tests.commands.quarantine_app import QuarantineApp


def test_the_app_of_a_running_cloud_is_found(
    run: Run, app: QuarantineApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make up` may have it at any port: the state folder says which."""
    monkeypatch.delenv("WINDROW_APP_URL")
    (tmp_path / "endpoints.json").write_text(json.dumps({"functions": app.url}))
    code, out, _ = run("quarantine", "list", "fleet", "--state", str(tmp_path), "--json")
    assert code == 0
    assert len(out.splitlines()) == len(app.events)


@pytest.mark.parametrize("text", [None, "", "[]", '{"functions": null, "environment": 3}'])
def test_without_a_cloud_it_is_where_it_usually_is(
    run: Run, tmp_path: Path, text: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is missing or says nothing is no error by itself."""
    monkeypatch.delenv("WINDROW_APP_URL", raising=False)
    monkeypatch.setattr("commands.local_cloud.LOCAL_APP", "http://127.0.0.1:1")
    if text is not None:
        (tmp_path / "endpoints.json").write_text(text)
    code, _, err = run("quarantine", "list", "fleet", "--state", str(tmp_path))
    assert code == 1
    assert "http://127.0.0.1:1 does not answer" in err
    assert local_environment(tmp_path) == {}
    assert LOCAL_APP.endswith(":7071")
