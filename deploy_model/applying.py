"""Does what a plan says, step by step; what an earlier apply has done is not done again.

A deployment that fails its smoke job never becomes the default. If it is the default already, since
it was changed in place, it is put back as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from deploy_model.errors import DeployError, SmokeError
from deploy_model.lake import Lake, model_path
from deploy_model.planning import Step
from deploy_model.proving import Prover
from deploy_model.survey import Plan
from deploy_model.switching import Defaults, switched
from deploy_model.workspace import Endpoint, Workspace


class Progress(Protocol):
    """Where it is told how far things are."""

    def working(self, what: str) -> AbstractContextManager[Callable[[str], None]]:
        """Shows that something goes on; what it is called with is shown beside it."""

    def done(self, what: str) -> None:
        """Tells that a step is done."""


class Applier:
    """Applies plans. Raises DeployError; what was done until then stays, and need not be redone."""

    def __init__(
        self, workspace: Workspace, lake: Lake, prover: Prover, progress: Progress
    ) -> None:
        self._workspace = workspace
        self._lake = lake
        self._prover = prover
        self._progress = progress

    def apply(self, plan: Plan) -> None:
        """Does the steps that change something, in order."""
        plan.check()
        for step in plan.work:
            with self._progress.working(f"{step.kind} {step.name}") as tell:
                self._do(step, plan, tell)
            self._progress.done(f"{step.kind} {step.name}: {_PAST[step.action]}")

    def _do(self, step: Step, plan: Plan, tell: Callable[[str], None]) -> None:
        wanted = plan.wanted
        if step.kind == "endpoint":
            self._workspace.put_endpoint(wanted.endpoint)
        elif step.kind == "compute":
            self._workspace.put_compute(wanted.compute)
        elif step.kind == "default":
            self._default(plan)
        else:
            self._do_for_deployment(step, plan, tell)

    def _do_for_deployment(self, step: Step, plan: Plan, tell: Callable[[str], None]) -> None:
        for found in plan.wanted.deployments:
            if step.kind == "environment" and _id(found.environment) == step.name:
                return self._workspace.put_environment(found.environment)
            if step.kind == "code" and found.code.id == step.name:
                plan.codes[step.name] = self._workspace.put_code(found.code)
                return None
            if step.kind == "model" and found.model and _id(found.model) == step.name:
                model = found.model
                self._lake.upload_model(model, lambda done, of: tell(f"{done} of {of} files"))
                return self._workspace.put_model(model, self._lake.uri(model_path(model)))
            if step.kind == "deployment" and found.name == step.name:
                return self._workspace.put_deployment(found.entity, plan.codes[found.code.id])
            smoke = plan.smokes.get(found.name)
            if step.kind == "smoke" and smoke and step.name.startswith(smoke.name + "-"):
                return self._prove(plan, found.name, tell)
        raise AssertionError(f"nobody knows how to do {step}")

    def _prove(self, plan: Plan, name: str, tell: Callable[[str], None]) -> None:
        try:
            self._prover.prove(plan.smokes[name], tell)
        except SmokeError:
            self._progress.done(self._restore(plan, name))
            raise

    def _restore(self, plan: Plan, name: str) -> str:
        """Puts the default back as it was, if this apply has changed it; says what was done."""
        default = plan.endpoint.defaults.current if plan.endpoint else None
        if default != name:
            return f"the default stays {default}" if default else "there is no default yet"
        before = plan.deployments[name]
        changed = any(s.kind == "deployment" and s.name == name for s in plan.work)
        if not changed or not before.is_of_assets:
            return f"{name} is the default and stays as it is: `switch`, or deploy another model"
        self._workspace.put_deployment(before.entity)
        return f"{name} is the default: it was put back to model {before.resource.fields['model']}"

    def _default(self, plan: Plan) -> None:
        name = plan.wanted.endpoint.name
        to = str(plan.switch_to or plan.wanted.first_default)
        move_default(self._workspace, name, lambda was, ready: switched(was, to, ready, name))


def endpoint_of(workspace: Workspace, name: str) -> Endpoint:
    """The endpoint. Raises DeployError if there is none."""
    endpoint = workspace.endpoint(name)
    if endpoint is None:
        raise DeployError(f"Azure ML: there is no endpoint {name!r}: `apply` creates it")
    return endpoint


def move_default(
    workspace: Workspace, name: str, move: Callable[[Defaults, set[str]], Defaults]
) -> tuple[Defaults, Defaults]:
    """Changes an endpoint's default by a rule of `switching`; returns it before and after."""
    endpoint = endpoint_of(workspace, name)
    ready = {n for n, d in workspace.deployments(name).items() if d.is_ready}
    before = endpoint.defaults
    after = move(before, ready)
    if after != before:
        workspace.put_defaults(endpoint, after)
    return before, after


_PAST = {"create": "created", "update": "updated", "run": "proven"}


def _id(asset: Any) -> str | None:
    return None if asset is None else f"{asset.name}:{asset.version}"
