"""Azure ML's YAML files, as the stand-in and as the SDK read them."""

from pathlib import Path

import pytest

from localazure.config import BatchEndpoint
from localazure.mlbatch.catalog import Catalog
from localazure.mlbatch.definitions import load_deployment, load_endpoint
from localazure.mlbatch.errors import DefinitionError, NotFoundError
from tests.localazure.mlbatch.conftest import SAMPLES

_GOOD = ("rows", "tables", "files", "unready")


@pytest.mark.parametrize("name", _GOOD)
def test_the_sdk_reads_a_deployment_alike(name: str) -> None:
    """What the stand-in takes, Azure's own loader takes, with the same settings."""
    from azure.ai.ml.entities._load_functions import load_model_batch_deployment

    ours = load_deployment(SAMPLES / f"{name}.yml")
    theirs = load_model_batch_deployment(SAMPLES / f"{name}.yml")
    assert (ours.name, ours.endpoint_name) == (theirs.name, theirs.endpoint_name)
    settings = theirs.settings
    assert ours.settings.mini_batch_size == settings.mini_batch_size
    assert ours.settings.output_action == (settings.output_action or "append_row")
    assert str(ours.code_configuration.scoring_script) == theirs.code_configuration.scoring_script


def test_the_sdk_reads_the_endpoint_alike() -> None:
    """The name and the default deployment are the same."""
    from azure.ai.ml import load_batch_endpoint

    ours = load_endpoint(SAMPLES / "endpoint.yml")
    theirs = load_batch_endpoint(SAMPLES / "endpoint.yml")
    assert ours.name == theirs.name
    assert ours.defaults.deployment_name == theirs.defaults.deployment_name


def test_settings_have_the_documented_defaults() -> None:
    """A file that states nothing gets what Azure ML would give."""
    settings = load_deployment(SAMPLES / "tables.yml").settings
    assert settings.error_threshold == -1
    assert (settings.output_action, settings.output_file_name) == ("append_row", "predictions.csv")
    assert (settings.retry_settings.max_retries, settings.retry_settings.timeout) == (3, 30)
    assert (settings.max_concurrency_per_instance, settings.instance_count) == (1, 1)


def test_every_problem_of_a_file_is_told() -> None:
    """A broken file is refused once, with all that is wrong in it."""
    with pytest.raises(DefinitionError) as caught:
        load_deployment(SAMPLES / "broken.yml")
    assert len(caught.value.problems) == 2
    with pytest.raises(DefinitionError, match=r"no-such\.yml: cannot be read"):
        load_endpoint(SAMPLES / "no-such.yml")


def test_what_is_not_yaml_is_told(tmp_path: Path) -> None:
    """A syntax error is a sentence, not a traceback."""
    path = tmp_path / "endpoint.yml"
    path.write_text("name: [")
    with pytest.raises(DefinitionError, match="is not YAML"):
        load_endpoint(path)


def test_a_deployment_that_breaks_keeps_its_name(tmp_path: Path) -> None:
    """A file that was good before is still found, so that its job can say what is wrong."""
    (tmp_path / "endpoint.yml").write_text("name: samples")
    blue = tmp_path / "any.yml"
    blue.write_text((SAMPLES / "rows.yml").read_text())
    entry = BatchEndpoint(endpoint=Path("endpoint.yml"), deployments=(Path("any.yml"),))
    catalog = Catalog(tmp_path, [entry])
    assert catalog.deployment(catalog.endpoint("samples"), "rows").terms
    blue.write_text("name: rows")
    broken = catalog.deployment(catalog.endpoint("samples"), "rows")
    with pytest.raises(DefinitionError):
        broken.require()
    with pytest.raises(NotFoundError):
        catalog.deployment(catalog.endpoint("samples"), "any")
