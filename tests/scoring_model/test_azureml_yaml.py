"""The YAML files of the models we ship, through Azure ML's own loaders as they are deployed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from deploy_model import resources
from deploy_model.planning import Value
from deploy_model.wanted import Wanted, read_wanted
from tests.deploy_model.folders import write_model

CODE = Path(__file__).resolve().parents[2] / "scoring_model"
DEPLOYMENTS = {
    "fleet": "deployment.yml",
    "fleet-green": "deployment.green.yml",
    "readings": "deployment.readings.yml",
    "stream": "deployment.stream.yml",
    "telemetry": "deployment.telemetry.yml",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the scoring code, beside models that were trained."""
    copy = tmp_path_factory.mktemp("azureml") / "scoring_model"
    shutil.copytree(CODE, copy, ignore=shutil.ignore_patterns("models", "__pycache__"))
    for name in ("fleet", "readings", "stream", "telemetry"):
        write_model(copy / "models", "v1", name=name)
    return copy


@pytest.fixture(scope="module")
def wanted(folder: Path) -> Wanted:
    """What the files ask for together."""
    return read_wanted([folder / file for file in DEPLOYMENTS.values()])


def fields_of(wanted: Wanted, name: str) -> dict[str, Value]:
    """The fields of one deployment."""
    (found,) = (d for d in wanted.deployments if d.name == name)
    return dict(found.resource.fields)


def test_the_endpoint_takes_entra_tokens_and_defaults_to_the_fleet(wanted: Wanted) -> None:
    """Nobody needs a key, and a caller that names no deployment gets the fleet's."""
    assert (wanted.endpoint.name, wanted.endpoint.auth_mode) == ("anomaly", "aad_token")
    assert wanted.first_default == "fleet"


def test_the_cluster_scales_to_zero(wanted: Wanted) -> None:
    """What nobody uses costs nothing."""
    cluster = resources.compute(wanted.compute)
    assert (cluster.name, cluster.fields["min_instances"]) == ("cpu-cluster", 0)
    assert cluster.fields["tier"] == "dedicated"
    assert int(cluster.fields["max_instances"] or 0) >= 1
    assert int(cluster.fields["idle_time_before_scale_down"] or 0) >= 60


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_deployments_never_lose_rows_silently(wanted: Wanted, name: str) -> None:
    """One file per mini-batch fails the job if it fails, and has time enough; files are ours."""
    fields = fields_of(wanted, name)
    assert fields["model"] == f"{name.removesuffix('-green')}:v1"
    assert fields["scoring_script"] == "score.py"
    assert fields["output_action"] == "summary_only"
    assert fields["error_threshold"] == 0
    assert int(fields["mini_batch_size"] or 0) >= 1
    assert 1 <= int(fields["max_concurrency_per_instance"] or 0) <= 2
    assert (fields["max_retries"], fields["timeout"]) == (2, 300)
    assert fields["compute"] == "cpu-cluster"


def test_deployments_differ_in_their_model_only(wanted: Wanted) -> None:
    """The same code, environment and settings score all pipelines, and both slots."""
    bare = [
        {k: v for k, v in fields_of(wanted, name).items() if k not in ("model", "description")}
        for name in DEPLOYMENTS
    ]
    assert all(fields == bare[0] for fields in bare)


def test_only_what_scores_is_uploaded_as_code(folder: Path, wanted: Wanted) -> None:
    """Models travel by themselves, and a new setting or package is no new code."""
    before = wanted.deployments[0].code.content
    write_model(folder / "models", "v2", name="fleet")
    (folder / "environment" / "more.txt").write_text("x")
    (folder / "deployment.other.yml").write_text("x: 1")
    (folder / "anomaly" / "__pycache__").mkdir(exist_ok=True)
    (folder / "anomaly" / "__pycache__" / "x.pyc").write_bytes(b"x")
    file = folder / DEPLOYMENTS["fleet"]
    assert read_wanted([file]).deployments[0].code.content == before
    (folder / "anomaly" / "more.py").write_text("x = 1")
    assert read_wanted([file]).deployments[0].code.content != before


def test_the_environment_has_what_batch_jobs_need() -> None:
    """Azure ML's batch driver needs two packages of its own, and score.py its three."""
    conda = yaml.safe_load((CODE / "environment" / "conda.yml").read_text())
    packages = next(d["pip"] for d in conda["dependencies"] if isinstance(d, dict))
    names = {package.split("==")[0] for package in packages}
    needed = {"azureml-core", "azureml-dataset-runtime[fuse]", "numpy", "pandas", "pyarrow"}
    assert needed <= names
    assert all("==" in package for package in packages)


def test_the_image_and_the_environment_have_one_base(wanted: Wanted) -> None:
    """The Dockerfile builds the same environment that Azure ML would."""
    dockerfile = (CODE / "environment" / "Dockerfile").read_text()
    image = wanted.deployments[0].environment.image  # type: ignore[union-attr]
    assert f"FROM {image}\n" in dockerfile
    assert "COPY conda.yml" in dockerfile
