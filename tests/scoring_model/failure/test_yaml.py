"""Azure ML's own loaders read the classifier's YAML files; the app's reads its pipeline."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from adapters.pipeline_files import load_pipeline
from failure.training import OUTPUTS
from tests.scoring_model.synthetic import CODE

with warnings.catch_warnings():
    # The SDK's own imports use what marshmallow deprecates.
    warnings.simplefilter("ignore")
    from azure.ai.ml import load_batch_endpoint
    from azure.ai.ml.entities._load_functions import load_model_batch_deployment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The scoring code with empty folders in place of its models."""
    for path in CODE.iterdir():
        if path.name != "models":
            (tmp_path / path.name).symlink_to(path)
    for name in ("fleet", "machines"):
        (tmp_path / "models" / name).mkdir(parents=True)
    return tmp_path


def test_the_endpoint_is_one_of_its_own(folder: Path) -> None:
    """A caller that names no deployment gets the classifier."""
    endpoint = load_batch_endpoint(folder / "endpoint.failure.yml")
    assert (endpoint.name, endpoint.auth_mode) == ("failure", "aad_token")
    assert endpoint.defaults.deployment_name == "machines"


def test_the_deployment_has_the_settings_of_the_others(folder: Path) -> None:
    """The same code, environment and settings score another kind of model."""
    found, other = (
        load_model_batch_deployment(folder / f"deployment{name}.yml") for name in (".failure", "")
    )
    assert (found.name, found.endpoint_name) == ("machines", "failure")
    assert Path(found.model.path) == folder / "models" / "machines"
    assert found.tags == {"trainer": "failure"}
    assert _same(found) == _same(other)


def test_the_pipeline_takes_what_the_model_gives() -> None:
    """Columns and kinds of the SQL table are the outputs; the endpoint is the model's."""
    pipeline = load_pipeline(CODE.parent / "pipelines" / "machine_failures.yml")
    assert dict(pipeline.output.columns) == OUTPUTS
    assert pipeline.model.endpoint == "failure"
    assert list(pipeline.keys) == ["machine"]


def _same(deployment: Any) -> list[Any]:
    settings = vars(deployment.settings)
    return [
        (deployment.code_configuration.code, deployment.code_configuration.scoring_script),
        (deployment.environment.image, deployment.environment.conda_file),
        {**settings, "retry_settings": vars(settings["retry_settings"])},
        deployment.compute,
    ]
