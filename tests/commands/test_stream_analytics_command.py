"""`stream-analytics`: prints the query of a pipeline's file, or says why there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from adapters.pipeline_files import load_pipeline
from domain.stream_analytics import stream_analytics_query
from tests.commands.conftest import Run

ROOT = Path(__file__).resolve().parents[2]


def test_the_query_of_a_pipeline_is_printed(run: Run) -> None:
    """Stdout has the query and nothing else, so that it can go into a file."""
    query = stream_analytics_query(load_pipeline(ROOT / "pipelines" / "fleet_health.yml"))
    assert run("stream-analytics", "fleet_health") == (0, query, "")


def test_input_and_output_may_be_named(run: Run) -> None:
    """They are called as in the job."""
    _, out, _ = run("stream-analytics", "readings", "--input", "hub in", "--output", "lake]out")
    assert "    FROM [hub in] TIMESTAMP BY [TS]" in out
    assert "INTO [lake]]out]" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nope",), 2, "there is no pipeline 'nope' in"),
        (("../pyproject",), 2, "there is no pipeline '../pyproject' in"),
        (("fleet_health", "--input", ""), 1, "`input` must be a name of printable characters; got"),
        ((), 2, "the following arguments are required: PIPELINE"),
    ],
)
def test_what_cannot_be_printed_is_told(
    arguments: tuple[str, ...], code: int, said: str, run: Run
) -> None:
    """Stdout stays empty."""
    found, out, err = run("stream-analytics", *arguments)
    assert (found, out) == (code, "")
    assert said in err


def test_a_broken_file_is_told_as_the_app_tells_it(run: Run, tmp_path: Path) -> None:
    """Every problem of the file, with exit code 2."""
    (tmp_path / "fleet.yml").write_text("name: fleet\n")
    code, _, err = run("stream-analytics", "fleet", "--pipelines", str(tmp_path))
    assert code == 2
    assert "fleet.yml: `source` is required" in err


def test_it_is_a_command_of_the_house() -> None:
    """`python -m commands` works from the repository's folder; a reader that leaves is no crash."""
    command = [sys.executable, "-m", "commands", "stream-analytics", "telemetry"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("-- The windows of pipeline telemetry")
    reader = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert reader.stdout is not None
    reader.stdout.close()
    assert reader.stderr is not None
    with reader.stderr:
        assert reader.stderr.read() == b""
    assert reader.wait(timeout=60) == 1
