"""The demo only starts with settings that lead to the local cloud."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from demo.errors import UsageError
from demo.settings import MUST_BE_LOCAL, check_settings

SAMPLE = Path(__file__).parents[2] / "local.settings.sample.json"


def test_the_sample_leads_to_the_local_cloud() -> None:
    """What `make` copies is accepted as it is."""
    check_settings(SAMPLE)


@pytest.mark.parametrize("name", MUST_BE_LOCAL)
def test_settings_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    """A setting with an address of its own is named, and its value is not shown."""
    settings = json.loads(SAMPLE.read_text(encoding="utf-8"))
    settings["Values"][name] = "https://real.blob.core.windows.net"
    (tmp_path / "local.settings.json").write_text(json.dumps(settings))

    with pytest.raises(UsageError, match=name) as caught:
        check_settings(tmp_path / "local.settings.json")

    assert "real.blob" not in str(caught.value)


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_settings_that_cannot_be_read_are_told(tmp_path: Path, content: str | None) -> None:
    """A missing or broken file is one clear line."""
    if content is not None:
        (tmp_path / "local.settings.json").write_text(content)

    with pytest.raises(UsageError, match=r"local\.settings\.json"):
        check_settings(tmp_path / "local.settings.json")
