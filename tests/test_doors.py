"""The doors of the house: who may import whom, and what the app needs to start in Azure."""

import json
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from domain import names
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource

PROJECT = Path(__file__).resolve().parents[1]

LOAD_AS_AZURE_DOES = '''
"""Imports function_app where only the packages of requirements.txt exist, and tells about it."""

import importlib.abc
import importlib.machinery
import importlib.metadata
import json
import re
import sys
from pathlib import Path

PROJECT = Path(sys.argv[1])
NOT_SHIPPED = {
    *("localazure", "commands", "demo", "deploy_model", "simulate"),
    *("scoring_model", "tests", "benchmarks"),
}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


lines = (PROJECT / "requirements.txt").read_text(encoding="utf-8").splitlines()
names = (re.match(r"[A-Za-z0-9._-]+(?===)", line) for line in lines)
pinned = {canonical(found[0]) for found in names if found}
owners = importlib.metadata.packages_distributions()
foreign = {
    package
    for package, distributions in owners.items()
    if not any(canonical(name) in pinned for name in distributions)
}


class Door(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in NOT_SHIPPED or top in foreign:
            raise ModuleNotFoundError(f"{name} is not there in Azure", name=name)
        return None


sys.meta_path.insert(0, Door())
sys.path.insert(0, str(PROJECT))
import function_app

functions = [
    {
        "name": function.get_function_name(),
        "bindings": [binding.get_dict_repr() for binding in function.get_bindings()],
    }
    for function in function_app.app.get_functions()
]
json.dump(
    {
        "functions": functions,
        "modules": sorted(sys.modules),
        "pinned": sorted(pinned),
        "refused": sorted(foreign),
    },
    sys.stdout,
    default=str,
)
'''

NOT_SHIPPED = [
    "requirements-worker.txt",
    "localazure/cloud.py",
    "localazure.yml",
    "tests/domain/test_windows.py",
    "demo/__main__.py",
    "commands/__main__.py",
    "simulate/cli.py",
    "scoring_model/score.py",
    "benchmarks/replay.py",
    "docs/decisions/2026-01-x.md",
    "infra/main.bicep",
    "requirements-dev.txt",
    "local.settings.json",
    "local.settings.sample.json",
    ".venv/bin/python",
    ".git/config",
    "out/demo/report.html",
    "domain/__pycache__/jobs.cpython-311.pyc",
]
SHIPPED = [
    "function_app.py",
    "host.json",
    "requirements.txt",
    "pipelines/fleet_health.yml",
    "domain/jobs.py",
    "domain/pipeline/spec.py",
    "orchestrators/run_pipeline.py",
    "activities/list_inputs.py",
    "adapters/lake.py",
    "triggers/http.py",
]


def run(*command: str, code: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a command in the project's folder."""
    return subprocess.run(
        command, cwd=PROJECT, input=code, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module", name="app")
def the_app() -> dict[str, Any]:
    """What the app says about itself when it starts as in Azure."""
    loaded = run(sys.executable, "-", str(PROJECT), code=LOAD_AS_AZURE_DOES)
    assert loaded.returncode == 0, loaded.stderr
    return json.loads(loaded.stdout)


def triggered_by(app: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The trigger of every function that has one of this kind, by the function's name."""
    return {
        function["name"]: binding
        for function in app["functions"]
        for binding in function["bindings"]
        if binding["type"] == kind
    }


def test_imports_point_one_way() -> None:
    """import-linter's contracts hold."""
    linted = run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")
    assert linted.returncode == 0, linted.stdout


def test_the_app_starts_with_what_requirements_txt_offers(app: dict[str, Any]) -> None:
    """Development's packages and the stand-in are refused while it loads."""
    assert {"azure-functions", "azure-functions-durable", "azure-ai-ml", "pandas"} <= set(
        app["pinned"]
    )
    assert {"pytest", "sklearn", "starlette", "rich", "trustme"} <= set(app["refused"])


@pytest.mark.parametrize("module", ["azure.ai.ml", "sklearn", "localazure", "demo", "matplotlib"])
def test_the_app_starts_without_what_it_does_not_need(app: dict[str, Any], module: str) -> None:
    """azure.ai.ml alone costs seconds of every cold start: it is imported at first use."""
    loaded = [name for name in app["modules"] if name == module or name.startswith(f"{module}.")]
    assert not loaded


def test_orchestrators_are_registered_under_their_names(app: dict[str, Any]) -> None:
    """Stories call each other by name: the names and the registrations are the same."""
    found = triggered_by(app, "orchestrationTrigger")
    assert set(found) == set(names.ORCHESTRATORS)
    assert all(binding["orchestration"] == name for name, binding in found.items())


def test_activities_are_registered_under_their_names(app: dict[str, Any]) -> None:
    """Stories call activities by name: the names and the registrations are the same."""
    found = triggered_by(app, "activityTrigger")
    assert set(found) == set(names.ACTIVITIES)
    assert all(binding["activity"] == name for name, binding in found.items())


def test_a_pipeline_with_a_schedule_has_a_timer(
    app: dict[str, Any], shipped: dict[str, Pipeline]
) -> None:
    """One timer function per pipeline that has a schedule, and one that sweeps after streams."""
    scheduled = {f"{name}_timer" for name, one in shipped.items() if one.schedule is not None}
    assert set(triggered_by(app, "timerTrigger")) == {*scheduled, "sweep_streams"}


def test_a_pipeline_with_a_stream_has_an_event_hub_trigger(
    app: dict[str, Any], shipped: dict[str, Pipeline]
) -> None:
    """One function per stream, which takes batches as bytes, by identity."""
    streams = {n: one.source for n, one in shipped.items() if isinstance(one.source, EventsSource)}
    found = triggered_by(app, "eventHubTrigger")
    assert set(found) == {f"{name}_events" for name in streams}
    for name, source in streams.items():
        binding = found[f"{name}_events"]
        assert binding["eventHubName"] == source.event_hub
        assert binding["consumerGroup"] == source.consumer_group
        assert binding["connection"] == source.connection == "EVENTHUB"
        assert "MANY" in str(binding["cardinality"]).upper()
        assert "BINARY" in str(binding["dataType"]).upper()


def test_every_route_asks_for_a_function_key(app: dict[str, Any]) -> None:
    """Nothing is open to everybody."""
    levels = {binding["authLevel"] for binding in triggered_by(app, "httpTrigger").values()}
    assert {str(level).rpartition(".")[2].upper() for level in levels} == {"FUNCTION"}


@pytest.fixture(scope="module", name="shipped")
def the_pipelines() -> dict[str, Pipeline]:
    """The pipelines that are shipped."""
    from adapters.pipeline_files import load_pipelines

    return load_pipelines(PROJECT / "pipelines")


def is_left_out(path: str) -> bool:
    """Whether a line of .funcignore matches the path, or a folder that it lies in."""
    parts = Path(path).parts
    for line in (PROJECT / ".funcignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip().rstrip("/")
        folders = parts[:-1] if line.strip().endswith("/") else parts
        if pattern and any(fnmatch(part, pattern) for part in folders):
            return True
    return False


@pytest.mark.parametrize("path", NOT_SHIPPED)
def test_what_azure_does_not_need_is_left_out(path: str) -> None:
    """The stand-in, tests, the demo, the model's own world, and what belongs to development."""
    assert is_left_out(path)


@pytest.mark.parametrize("path", SHIPPED)
def test_what_azure_needs_is_shipped(path: str) -> None:
    """The app's code, its pinned requirements, host.json and the pipelines."""
    assert (PROJECT / path).is_file()
    assert not is_left_out(path)
