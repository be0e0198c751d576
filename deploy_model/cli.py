"""The command line: finds the target, does what is asked for, and answers with an exit code."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from deploy_model.applying import Applier, endpoint_of, move_default
from deploy_model.errors import DeployError, InputError, UsageError
from deploy_model.jobs import Jobs
from deploy_model.lake import Lake
from deploy_model.options import FOLDER, STATE, make_parser
from deploy_model.proving import Prover
from deploy_model.screen import Screen
from deploy_model.survey import Survey
from deploy_model.switching import switched, switched_back
from deploy_model.targets import (
    Target,
    find_target,
    is_local,
    local_environment,
    local_settings,
)
from deploy_model.wanted import read_wanted
from deploy_model.workspace import Workspace
from deploy_model.yaml_loading import read_yaml

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True)
class Services:
    """What a command works with."""

    workspace: Workspace
    lake: Lake
    screen: Screen


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what the arguments ask for; see `errors.py` for the exit codes."""
    options = make_parser().parse_args(arguments)
    screen = Screen(Console(), Console(stderr=True))
    # What an SDK logs on its way to a failure is in the error, in one line.
    logging.getLogger("azure").setLevel(logging.CRITICAL)
    try:
        _run(options, screen)
    except UsageError as error:
        screen.error(error)
        return MISUSED
    except DeployError as error:
        screen.error(error)
        return FAILED
    except KeyboardInterrupt:
        screen.say("interrupted; the next apply goes on from here")
        return INTERRUPTED
    return DONE


def _run(options: argparse.Namespace, screen: Screen) -> None:
    if options.command in ("plan", "apply"):
        _deploy(options, screen)
    elif options.command == "status":
        _status(options, screen)
    else:
        _switch(options, screen)


def _deploy(options: argparse.Namespace, screen: Screen) -> None:
    if options.switch and len(options.deployment) != 1:
        raise UsageError("--switch goes with one deployment: there is one default")
    target = _target(options)
    # Files are read before anything is asked of a service: what is wrong in them comes at once.
    wanted = read_wanted(options.deployment, options.slot)
    services = _services(target, screen)
    prover = Prover(Jobs(services.workspace), services.lake, options.smoke_timeout * 60)
    screen.say(str(target))
    survey = Survey(services.workspace, prover)
    plan = survey.plan(wanted, smoke=not options.no_smoke, switch=options.switch)
    screen.plan(plan.steps)
    plan.check()
    if not plan.work:
        screen.result("nothing to do")
    elif options.command == "plan":
        screen.result(f"{len(plan.work)} to do: `apply` does it")
    else:
        Applier(services.workspace, services.lake, prover, screen).apply(plan)
        screen.result("deployed")


def _switch(options: argparse.Namespace, screen: Screen) -> None:
    name = _endpoint_name(options)
    workspace = _services(_target(options), screen).workspace
    before, after = move_default(
        workspace,
        name,
        lambda was, ready: (
            switched(was, options.to, ready, name)
            if options.command == "switch"
            else switched_back(was, ready, name)
        ),
    )
    if before == after:
        screen.result(f"nothing to do: {after.current} is the default of endpoint {name}")
    else:
        screen.result(f"endpoint {name}: default {before.current or 'none'} -> {after.current}")


def _status(options: argparse.Namespace, screen: Screen) -> None:
    name = _endpoint_name(options)
    workspace = _services(_target(options), screen).workspace
    screen.status(endpoint_of(workspace, name), workspace.deployments(name))


def _endpoint_name(options: argparse.Namespace) -> str:
    if options.endpoint:
        return str(options.endpoint)
    file = FOLDER / "endpoint.yml"
    name = read_yaml(file).get("name")
    if not isinstance(name, str):
        raise InputError([f"{file}: `name` must be a name; got {name!r}"])
    return name


def _target(options: argparse.Namespace) -> Target:
    """The target; for the local cloud, its variables are put where Azure's SDKs look for them."""
    if not is_local(os.environ, options.state):
        return find_target(os.environ)
    variables = local_environment(options.state or STATE)
    os.environ.update(variables)
    return find_target({**os.environ, **local_settings(variables)})


def _services(target: Target, screen: Screen) -> Services:
    from azure.identity import DefaultAzureCredential

    credential = DefaultAzureCredential()
    return Services(Workspace(target, credential), Lake(target, credential), screen)
