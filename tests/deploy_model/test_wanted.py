"""Azure ML's files, read by its own loaders: final names, and every problem at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy_model.errors import InputError
from deploy_model.wanted import read_wanted
from tests.deploy_model.folders import write_files, write_model


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The files of a deployment, beside a model."""
    file = write_files(tmp_path / "scoring")
    write_model(tmp_path / "scoring" / "models", "v1")
    return file


def edit(file: Path, **fields: Any) -> None:
    """Changes fields of a YAML file."""
    document = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**document, **fields}))


def test_names_are_final_and_made_from_content(file: Path) -> None:
    """Reading again gives the same; another image is another version, another comment is not."""
    first = read_wanted([file]).deployments[0].resource.fields
    assert first["model"] == "fleet:v1"
    assert str(first["code"]).startswith("anomaly-code:")
    assert first["environment_variables"] == '{"LEVEL": "1"}'
    conda = file.with_name("conda.yml")
    conda.write_text(f"# a comment\n{conda.read_text()}")
    assert read_wanted([file]).deployments[0].resource.fields == first
    edit(file, environment={"name": "scoring", "image": "other", "conda_file": "conda.yml"})
    assert read_wanted([file]).deployments[0].resource.fields["environment"] != first["environment"]


def test_models_and_files_of_azure_ml_are_no_code(file: Path) -> None:
    """.amlignore keeps them out, so a new model does not look like new code."""
    before = read_wanted([file]).deployments[0].code
    write_model(file.parent / "models", "v2")
    edit(file, description="other")
    assert read_wanted([file]).deployments[0].code == before
    (file.parent / "score.py").write_text("changed")
    assert read_wanted([file]).deployments[0].code != before


def test_a_slot_is_a_second_deployment_of_the_same(file: Path) -> None:
    """`--slot green` needs no file of its own."""
    (found,) = read_wanted([file], "green").deployments
    assert found.name == "fleet-green"
    assert found.resource.fields == read_wanted([file]).deployments[0].resource.fields


def test_variables_of_both_places_are_sent(file: Path) -> None:
    """The SDK alone would lose those outside of `settings`."""
    edit(file, environment_variables={"OTHER": 2})
    (found,) = read_wanted([file]).deployments
    assert found.resource.fields["environment_variables"] == '{"LEVEL": "1", "OTHER": "2"}'


def test_every_problem_of_every_file_is_told_at_once(file: Path) -> None:
    """Each line names the file, the field and what is wrong."""
    edit(file.with_name("endpoint.yml"), auth_mode="open", nonsense=1)
    edit(
        file,
        model={"path": "models/none"},
        code_configuration={"code": ".", "scoring_script": "none.py"},
        environment={"name": "scoring"},
    )
    edit(file, settings={"mini_batch_size": "x", "output_action": "foo"})
    with pytest.raises(InputError) as told:
        read_wanted([file, file.with_name("absent.yml")])
    problems = told.value.problems
    for part in (
        "endpoint.yml: `auth_mode`:",
        "endpoint.yml: `nonsense`: Unknown field",
        "deployment.yml: there is no model in",
        "deployment.yml: `settings.mini_batch_size`: Not a valid integer",
        "deployment.yml: `settings.output_action`:",
        "absent.yml cannot be read",
    ):
        assert any(part in problem for problem in problems), (part, problems)
    assert not any("\n" in problem for problem in problems)


def test_the_endpoint_is_the_one_that_the_deployment_names(file: Path) -> None:
    """One folder may hold the files of several endpoints."""
    other = file.with_name("endpoint.other.yml")
    other.write_text(file.with_name("endpoint.yml").read_text())
    edit(other, name="other")
    edit(file, endpoint_name="other")
    assert read_wanted([file]).endpoint.name == "other"
    edit(file, endpoint_name="third")
    with pytest.raises(InputError, match=r"got 'third', there are: endpoint\.other\.yml \(other\)"):
        read_wanted([file])


def test_what_only_the_service_would_refuse_is_told_before(file: Path) -> None:
    """The SDK finds these when it deploys: after other things were done."""
    edit(
        file,
        environment={"name": "scoring"},
        code_configuration={"code": ".", "scoring_script": "none.py"},
        settings={
            "mini_batch_size": 1,
            "output_action": "summary_only",
            "output_file_name": "predictions.csv",
        },
    )
    with pytest.raises(InputError) as told:
        read_wanted([file])
    assert len(told.value.problems) == 3, told.value
    for field in (
        "environment.image",
        "code_configuration.scoring_script",
        "settings.output_file_name",
    ):
        assert f"`{field}`" in str(told.value)


def test_files_must_agree(file: Path) -> None:
    """Names are checked before anything is asked of a service."""
    edit(file, name="9")
    other = file.with_name("deployment.other.yml")
    other.write_text(file.read_text())
    edit(other, endpoint_name="other")
    with pytest.raises(InputError) as told:
        read_wanted([file, other])
    assert "deployment '9' stands twice" in str(told.value)
    assert "`endpoint_name` of deployment 9 must be anomaly, as of the first; got other" in str(
        told.value
    )
    assert "must be 3 to 32 letters, digits or hyphens; got '9'" in str(told.value)
