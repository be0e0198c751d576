"""One deployment file with its model, code and environment, complete and with final names.

Versions that the file leaves out are made from content, so the same files and model always mean the
same names: that is what makes a second apply idle.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from deploy_model import resources
from deploy_model.code_folder import Code, read_code
from deploy_model.errors import InputError, UsageError
from deploy_model.model_folder import LocalModel, find_model
from deploy_model.planning import Resource
from deploy_model.yaml_loading import load, read_yaml

T = TypeVar("T")


@dataclass(frozen=True)
class WantedDeployment:
    """A deployment and what it is made of. `model` is None for one that is registered already."""

    entity: Any
    model: LocalModel | None
    code: Code
    environment: Any | None

    @property
    def name(self) -> str:
        """The deployment's name."""
        return str(self.entity.name)

    @property
    def resource(self) -> Resource:
        """The deployment as plain fields."""
        return resources.deployment(self.entity)


def read_deployment(file: Path) -> WantedDeployment:
    """What the file asks for. Raises InputError with all that is wrong in it."""
    from azure.ai.ml.entities._load_functions import load_model_batch_deployment

    stated = read_yaml(file)
    problems: list[str] = []
    model = collected(lambda _: _model(stated.get("model"), file.parent), file, problems)
    # The loader would hash the whole folder of versions; it is given what stands in their place.
    name = f"azureml:{model.name}:{model.version}" if model else stated.get("model")
    if problems:
        name = "azureml:unknown:0"
    try:
        entity = load(load_model_batch_deployment, file, params_override=[{"model": name}])
    except InputError as error:
        raise InputError([*problems, *error.problems]) from error
    code = collected(lambda _: _code(entity, file), file, problems)
    environment = collected(lambda _: _environment(entity, file), file, problems)
    settings = entity.settings
    if settings.output_action == resources.SUMMARY_ONLY and settings.output_file_name:
        problems.append(
            f"{file}: `settings.output_file_name` must be left out where output_action is "
            f"{resources.SUMMARY_ONLY}; got {settings.output_file_name}"
        )
    if problems or code is None:
        raise InputError(problems)
    _settle(entity, code, environment)
    return WantedDeployment(entity, model, code, environment)


def _model(stated: object, folder: Path) -> LocalModel | None:
    """The local model, or None if the file names one that is registered."""
    if isinstance(stated, str):
        if not re.fullmatch(r"azureml:[^:/]+:[^:/]+", stated):
            raise UsageError(
                f"`model` must be azureml:NAME:VERSION, or have a `path`; got {stated}"
            )
        return None
    if not isinstance(stated, dict) or not stated.get("path"):
        raise UsageError("`model.path` is required: the folder of a model")
    model = find_model(folder / str(stated["path"]))
    for field, value in (
        ("name", model.name),
        ("version", model.version),
        ("type", "custom_model"),
    ):
        if stated.get(field) not in (None, value):
            raise UsageError(
                f"`model.{field}` must be {value} or left out; got {stated[field]} ({model.folder})"
            )
    return model


def _code(entity: Any, file: Path) -> Code:
    if entity.code_configuration is None:
        raise UsageError("`code_configuration` is required: the folder with the scoring script")
    folder = (file.parent / str(entity.code_configuration.code)).resolve()
    script = entity.code_configuration.scoring_script
    if not (folder / str(script)).is_file():
        raise UsageError(
            f"`code_configuration.scoring_script` must be a file in {folder}: {script}"
        )
    return read_code(entity.endpoint_name, folder)


def _environment(entity: Any, file: Path) -> Any | None:
    """The environment with a version, or None if the file names one that is registered."""
    from azure.ai.ml.entities import Environment

    stated = entity.environment
    if isinstance(stated, str):
        return None
    if stated is None or not stated.image:
        raise UsageError(
            "`environment.image` is required; a Dockerfile is built in a registry first, see "
            f"{file.parent.name}/environment/Dockerfile"
        )
    anonymous = stated.name is None or stated.name.startswith("CliV2Anonymous")
    version = None if anonymous else stated.version
    return Environment(
        name=entity.endpoint_name if anonymous else stated.name,
        version=str(version or resources.environment_version(stated.image, stated.conda_file)),
        image=stated.image,
        conda_file=stated.conda_file or None,
        description=stated.description,
    )


def _settle(entity: Any, code: Code, environment: Any | None) -> None:
    """Puts the final names in, and brings together what a file may say in two places."""
    entity.code_configuration.code = code.id
    if environment is not None:
        entity.environment = f"{environment.name}:{environment.version}"
    # Only those in `settings` would be sent.
    settings = entity.settings
    variables = {**(entity.environment_variables or {}), **(settings.environment_variables or {})}
    settings.environment_variables = {name: str(value) for name, value in variables.items()} or None


def collected(read: Callable[[Path], T], file: Path, problems: list[str]) -> T | None:
    """What `read` makes of the file; if it cannot, its problems are added to `problems`."""
    try:
        return read(file)
    except InputError as error:
        problems += error.problems
    except UsageError as error:
        problems.append(f"{file}: {error}")
    return None
