"""What the files ask for together: the endpoint, the cluster, and deployments that agree with them.

Every problem of every file is told at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy_model.deployment_file import WantedDeployment, collected, read_deployment
from deploy_model.errors import InputError, UsageError
from deploy_model.yaml_loading import load, read_yaml

ENDPOINT_FILES, COMPUTE_FILE = "endpoint*.yml", "compute.yml"
NAME = r"[a-zA-Z](?=.{2,31}$)[-a-zA-Z0-9]*[a-zA-Z0-9]"
"""What Azure ML takes as the name of an endpoint or a deployment."""


@dataclass(frozen=True)
class Wanted:
    """All that the files ask for. `compute` is None if there is no file for the cluster."""

    endpoint: Any
    compute: Any | None
    deployments: tuple[WantedDeployment, ...]

    @property
    def first_default(self) -> str | None:
        """The default of an endpoint that has none yet."""
        return (self.endpoint.defaults or {}).get("deploymentName")


def read_wanted(files: Sequence[Path], slot: str | None = None) -> Wanted:
    """What the deployment files ask for, with the endpoint and the cluster from beside the first.

    The endpoint's file is the `endpoint*.yml` with the name that the deployment gives; the
    cluster's is `compute.yml`.

    Args:
        files: Deployment files.
        slot: A suffix for the deployments' names, such as `green`: a second deployment of each.

    Raises InputError with every problem of every file.
    """
    problems: list[str] = []
    endpoint = collected(_endpoint_of, files[0], problems)
    compute_file = files[0].with_name(COMPUTE_FILE)
    compute = collected(_compute, compute_file, problems) if compute_file.is_file() else None
    read = [collected(read_deployment, file, problems) for file in files]
    deployments = tuple(_in_slot(found, slot) for found in read if found is not None)
    if endpoint is not None:
        problems += _disagreements(endpoint, deployments)
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return Wanted(endpoint, compute, deployments)


def _endpoint_of(deployment: Path) -> Any:
    from azure.ai.ml import load_batch_endpoint

    wanted = read_yaml(deployment).get("endpoint_name")
    files = sorted(deployment.parent.glob(ENDPOINT_FILES))
    names = {str(read_yaml(file).get("name")): file for file in files}
    if str(wanted) not in names:
        there = ", ".join(f"{file.name} ({name})" for name, file in names.items()) or "none"
        raise UsageError(
            f"`endpoint_name` must be the name in an {ENDPOINT_FILES} beside it; got {wanted!r}, "
            f"there are: {there}"
        )
    return load(load_batch_endpoint, names[str(wanted)])


def _compute(file: Path) -> Any:
    from azure.ai.ml import load_compute

    read_yaml(file)
    return load(load_compute, file)


def _in_slot(found: WantedDeployment, slot: str | None) -> WantedDeployment:
    if slot:
        found.entity.name = f"{found.entity.name}-{slot}"
    return found


def _disagreements(endpoint: Any, deployments: Sequence[WantedDeployment]) -> list[str]:
    names = [found.name for found in deployments]
    problems = [
        f"`name` must be 3 to 32 letters, digits or hyphens; got {name!r}"
        for name in [endpoint.name, *names]
        if not re.fullmatch(NAME, str(name))
    ]
    problems += [
        f"deployment {name!r} stands twice" for name in set(names) if names.count(name) > 1
    ]
    for found in deployments:
        if found.entity.endpoint_name != endpoint.name:
            problems.append(
                f"`endpoint_name` of deployment {found.name} must be {endpoint.name}, as of the "
                f"first; got {found.entity.endpoint_name}"
            )
    return problems
