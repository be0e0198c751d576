"""Azure ML's own loaders read the YAML files, and what they say is what the app counts on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anomaly.bundle import Bundle, save
from tests.scoring_model.synthetic import CODE

DEPLOYMENTS = {
    "fleet": "deployment.yml",
    "readings": "deployment.readings.yml",
    "telemetry": "deployment.telemetry.yml",
}
# In a process of its own: importing the SDK warns of things that are not ours to change.
LOADER = """
import json, sys
from pathlib import Path
from azure.ai.ml import load_batch_endpoint, load_compute
from azure.ai.ml.entities._load_functions import load_model_batch_deployment
folder, found = Path(sys.argv[1]), {}
endpoint = load_batch_endpoint(folder / "endpoint.yml")
found["endpoint"] = [endpoint.name, endpoint.auth_mode, endpoint.defaults.deployment_name]
compute = load_compute(folder / "compute.yml")
found["compute"] = [compute.name, compute.min_instances, compute.max_instances, compute.tier]
for name in sys.argv[2:]:
    d = load_model_batch_deployment(folder / name)
    found[name] = {
        "name": d.name, "endpoint": d.endpoint_name, "compute": d.compute,
        "model": Path(d.model.path).relative_to(folder).as_posix(), "type": d.model.type,
        "code": str(d.code_configuration.code), "script": d.code_configuration.scoring_script,
        "image": d.environment.image, "conda": d.environment.conda_file,
        **{k: v for k, v in vars(d.settings).items() if k != "retry_settings"},
        "retries": [d.settings.retry_settings.max_retries, d.settings.retry_settings.timeout],
    }
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def loaded(trained: Bundle, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the SDK makes of the files, beside models that were trained."""
    folder = tmp_path_factory.mktemp("azureml") / "scoring_model"
    shutil.copytree(CODE, folder, ignore=shutil.ignore_patterns("models", "__pycache__"))
    for name in DEPLOYMENTS:
        save(trained, folder / "models" / name)
    command = [sys.executable, "-c", LOADER, str(folder), *DEPLOYMENTS.values()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_endpoint_takes_entra_tokens_and_defaults_to_the_fleet(loaded: dict[str, Any]) -> None:
    """Nobody needs a key, and a caller that names no deployment gets the fleet's."""
    assert loaded["endpoint"] == ["anomaly", "aad_token", "fleet"]


def test_the_cluster_scales_to_zero(loaded: dict[str, Any]) -> None:
    """What nobody uses costs nothing."""
    name, least, most, tier = loaded["compute"]
    assert (name, least, tier) == ("cpu-cluster", 0, "dedicated")
    assert most >= 1


@pytest.mark.parametrize(("name", "file"), DEPLOYMENTS.items())
def test_deployments_never_lose_rows_silently(loaded: dict[str, Any], name: str, file: str) -> None:
    """One file per mini-batch fails the job if it fails, and has time enough; files are ours."""
    deployment = loaded[file]
    assert deployment["name"] == name
    assert deployment["model"] == f"models/{name}"
    assert deployment["endpoint"] == "anomaly"
    assert (deployment["code"], deployment["script"]) == (".", "score.py")
    assert deployment["output_action"] == "summary_only"
    assert deployment["error_threshold"] == 0
    assert deployment["mini_batch_size"] >= 1
    assert 1 <= deployment["max_concurrency_per_instance"] <= 2
    assert deployment["retries"] == [2, 300]
    assert deployment["compute"] == loaded["compute"][0]


def test_deployments_differ_in_their_model_only(loaded: dict[str, Any]) -> None:
    """The same code, environment and settings score all pipelines."""
    bare = [
        {k: v for k, v in loaded[file].items() if k not in ("name", "model")}
        for file in DEPLOYMENTS.values()
    ]
    assert bare[0] == bare[1] == bare[2]


def test_the_environment_has_what_batch_jobs_need(loaded: dict[str, Any]) -> None:
    """Azure ML's batch driver needs two packages of its own, and score.py its three."""
    conda = loaded["deployment.yml"]["conda"]
    packages = next(d["pip"] for d in conda["dependencies"] if isinstance(d, dict))
    names = {package.split("==")[0] for package in packages}
    needed = {"azureml-core", "azureml-dataset-runtime[fuse]", "numpy", "pandas", "pyarrow"}
    assert needed <= names
    assert all("==" in package for package in packages)


def test_the_image_and_the_environment_have_one_base(loaded: dict[str, Any]) -> None:
    """The Dockerfile builds the same environment that Azure ML would."""
    dockerfile = (Path(CODE) / "environment" / "Dockerfile").read_text()
    assert f"FROM {loaded['deployment.yml']['image']}\n" in dockerfile
    assert "COPY conda.yml" in dockerfile
