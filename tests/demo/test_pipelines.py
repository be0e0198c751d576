"""Which pipelines the demo can show."""

from pathlib import Path
from typing import Any

import pytest

from demo.errors import UsageError
from demo.generated import check_pipeline
from demo.pipelines import grid_of
from demo.user_file import check_file
from tests.demo.builders import small_pipeline

SESSION = {"kind": "session", "timeout": "5m", "max_duration": "1h"}
READY = {"kind": "windows", "path": "ready/*", "timestamp": "window_end", "key": ["who"]}


@pytest.mark.parametrize("windows", [SESSION, {"kind": "snapshot"}], ids=["session", "snapshot"])
def test_windows_without_a_grid_are_refused_early(windows: dict[str, Any], tmp_path: Path) -> None:
    """In one line, before anything is started, with data of one's own or without."""
    file = tmp_path / "a.csv"
    file.write_text("t,who,x\n2026-01-10T00:00:00Z,a,1\n")
    pipeline = small_pipeline(windows=windows)
    told = f"pipeline 'small' has {windows['kind']} windows; the demo shows tumbling and hopping"
    with pytest.raises(UsageError, match=told):
        check_file(file, pipeline)
    with pytest.raises(UsageError, match=told):
        check_pipeline(pipeline)


def test_windows_on_a_grid_are_what_the_demo_shows() -> None:
    """Tumbling ones and hopping ones."""
    hopping = {"kind": "hopping", "size": "10m", "hop": "5m"}
    assert grid_of(small_pipeline()).size_us == grid_of(small_pipeline(windows=hopping)).hop_us


def test_ready_made_windows_are_not_for_the_demo(tmp_path: Path) -> None:
    """It makes events, and takes files of events."""
    with pytest.raises(UsageError, match="reads ready-made windows, not files of events"):
        check_file(tmp_path / "a.csv", small_pipeline(source=READY))
