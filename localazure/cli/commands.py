"""The commands: each takes the parsed options and returns an exit code.

What a command needs is imported when it runs, so that ``--help`` and ``insights`` stay quick.
"""

import argparse
import shlex
import sys
from typing import TYPE_CHECKING

from localazure.config import load_configuration
from localazure.errors import LocalAzureError
from localazure.state import State, read_json

if TYPE_CHECKING:
    from localazure.supervisor.host import HostOptions


def up(options: argparse.Namespace) -> int:
    """Run the local cloud and the Functions app."""
    from localazure.supervisor.host import HostOptions

    app = options.app.absolute()
    if not (app / "function_app.py").is_file():
        raise LocalAzureError(f"{app} holds no function_app.py: name the app's folder with --app")
    return _supervise(options, HostOptions(app=app, port=options.port, auth=options.auth))


def cloud(options: argparse.Namespace) -> int:
    """Run the local cloud alone, or print its variables."""
    return _export(options) if options.export else _supervise(options, None)


def host(options: argparse.Namespace) -> int:
    """Run the Functions host in this process."""
    from localazure.functions_host.server import run

    state = State.at(options.state).folder
    return run(options.app.absolute(), options.port, state, auth=options.auth)


def instances(options: argparse.Namespace) -> int:
    """Show orchestrations."""
    from localazure.cli.instances import show

    return show(options)


def insights(options: argparse.Namespace) -> int:
    """Show telemetry."""
    from localazure.cli.insights import show

    return show(options)


def events(options: argparse.Namespace) -> int:
    """Show what the event hubs hold."""
    from localazure.cli.events import show

    return show(options)


def reset(options: argparse.Namespace) -> int:
    """Delete the data of a state folder that nobody uses."""
    from localazure.supervisor.reset import reset_state

    if options.state.is_dir():
        reset_state(options.state.absolute())
    return 0


def fidelity(options: argparse.Namespace) -> int:
    """Print or check the ledger of fidelity."""
    from localazure.cli.fidelity import show

    return show(options)


def _supervise(options: argparse.Namespace, functions: "HostOptions | None") -> int:
    from localazure.azurite.install import default_cache
    from localazure.cloud.local_cloud import CloudOptions
    from localazure.supervisor.console import Progress
    from localazure.supervisor.up import supervise

    config = options.config.absolute()
    cloud_options = CloudOptions(
        configuration=load_configuration(options.config),
        root=options.root.absolute() if options.root else config.parent,
        state=State.at(options.state),
        cache=options.cache.absolute() if options.cache else default_cache(),
    )
    return supervise(cloud_options, functions, Progress())


def _export(options: argparse.Namespace) -> int:
    endpoints = read_json(options.state / "endpoints.json")
    if endpoints is None:
        raise LocalAzureError(f"no local cloud is ready on {options.state}")
    for name, value in endpoints["environment"].items():
        sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
    return 0
