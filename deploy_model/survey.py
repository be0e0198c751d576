"""Looks at the workspace and says what is to be done; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from deploy_model import resources
from deploy_model.deployment_file import WantedDeployment
from deploy_model.errors import InputError
from deploy_model.planning import (
    Change,
    Resource,
    Step,
    default_step,
    ordered,
    refusals,
    step_for,
)
from deploy_model.proving import Prover, Smoke
from deploy_model.wanted import Wanted
from deploy_model.workspace import READY, Deployment, Endpoint, Workspace


@dataclass(frozen=True)
class Plan:
    """The steps, in order, and what was there when they were made.

    `codes` maps the names of code to those under which it is registered.
    """

    wanted: Wanted
    steps: tuple[Step, ...]
    endpoint: Endpoint | None
    deployments: Mapping[str, Deployment]
    codes: dict[str, str]
    smokes: Mapping[str, Smoke]
    switch_to: str | None

    @property
    def work(self) -> list[Step]:
        """The steps that change something."""
        return [step for step in self.steps if step.is_work]

    def check(self) -> None:
        """Raises InputError with every step that cannot be done."""
        if problems := refusals(self.steps):
            raise InputError(problems)


class Survey:
    """Compares what is wanted with what is there."""

    def __init__(self, workspace: Workspace, prover: Prover) -> None:
        self._workspace = workspace
        self._prover = prover

    def plan(self, wanted: Wanted, *, smoke: bool, switch: bool) -> Plan:
        """The plan. Raises InputError if files name what is not there, or no proof is possible."""
        self._workspace.check_datastore()
        endpoint = self._workspace.endpoint(wanted.endpoint.name)
        there = self._workspace.deployments(wanted.endpoint.name) if endpoint else {}
        steps, problems = [self._endpoint(wanted, endpoint)], list[str]()
        codes, smokes = dict[str, str](), dict[str, Smoke]()
        for found in wanted.deployments:
            before = there.get(found.name)
            steps += self._assets(found, problems)
            steps.append(self._code(found, before, codes))
            steps += self._compute(wanted, found, problems)
            step = _deployment(found, before, codes)
            steps.append(step)
            if smoke and found.model is None:
                problems.append(
                    f"deployment {found.name} names a registered model: a smoke job needs "
                    "`model.path`; --no-smoke goes without"
                )
            elif smoke and found.model is not None:
                smokes[found.name] = Smoke(wanted.endpoint.name, found, found.model)
                steps.append(self._prover.step(smokes[found.name], is_new=step.action == "create"))
        if problems:
            raise InputError(list(dict.fromkeys(problems)))
        switch_to = wanted.deployments[0].name if switch else None
        names = {*there, *(found.name for found in wanted.deployments)}
        current = endpoint.defaults.current if endpoint else None
        if step_of_default := default_step(current, wanted.first_default, names, switch_to):
            steps.append(step_of_default)
        return Plan(wanted, tuple(ordered(steps)), endpoint, there, codes, smokes, switch_to)

    def _code(
        self, wanted: WantedDeployment, before: Deployment | None, codes: dict[str, str]
    ) -> Step:
        deployed = before.resource.fields["code"] if before else None
        found = self._workspace.code(wanted.code, str(deployed) if deployed else None)
        if found is not None:
            codes[wanted.code.id] = found
        resource = wanted.code.resource
        return step_for(resource, resource if found else None)

    def _endpoint(self, wanted: Wanted, found: Endpoint | None) -> Step:
        return step_for(resources.endpoint(wanted.endpoint), found.resource if found else None)

    def _assets(self, wanted: WantedDeployment, problems: list[str]) -> list[Step]:
        steps = []
        if wanted.environment is not None:
            entity = wanted.environment
            found = self._workspace.environment(entity.name, entity.version)
            steps.append(step_for(resources.environment(entity), found))
        elif self._workspace.environment(*_parts(wanted.entity.environment)) is None:
            problems.append(f"environment {wanted.entity.environment} is not registered")
        if wanted.model is not None:
            model = wanted.model
            content = {"content": model.content}
            resource = Resource("model", f"{model.name}:{model.version}", content)
            step = step_for(resource, self._workspace.model(model.name, model.version))
            steps.append(step)
        elif self._workspace.model(*_parts(wanted.entity.model)) is None:
            problems.append(f"model {wanted.entity.model} is not registered")
        return steps

    def _compute(
        self, wanted: Wanted, deployment: WantedDeployment, problems: list[str]
    ) -> list[Step]:
        name = resources.short_id(deployment.entity.compute) or ""
        found = self._workspace.compute(name)
        if wanted.compute is not None and wanted.compute.name == name:
            return [step_for(resources.compute(wanted.compute), found)]
        if found is None:
            problems.append(
                f"deployment {deployment.name}: there is no compute {name!r}, and compute.yml does "
                "not define it"
            )
        return []


def _deployment(
    wanted: WantedDeployment, found: Deployment | None, codes: Mapping[str, str]
) -> Step:
    code = codes.get(wanted.code.id, wanted.code.id)
    resource = replace(wanted.resource, fields={**wanted.resource.fields, "code": code})
    step = step_for(resource, found.resource if found else None)
    if found is None or found.is_ready or step.action == "refused":
        return step
    state = Change("provisioning_state", found.state, READY)
    return Step(step.kind, step.name, "update", (*step.changes, state))


def _parts(reference: object) -> tuple[str, str]:
    name, _, version = (resources.short_id(reference) or "").partition(":")
    return name, version
