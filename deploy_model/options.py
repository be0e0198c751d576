"""What the command line takes."""

from __future__ import annotations

import argparse
import math
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "scoring_model"
STATE = Path(".localazure")
SMOKE_TIMEOUT_MIN = 60.0
EPILOG = (
    "Exit code: 0; 1 if something was refused, failed or does not answer; 2 if nothing was started "
    "since the command line, a setting or a file is wrong. Settings: AZUREML_SUBSCRIPTION_ID, "
    "AZUREML_RESOURCE_GROUP, AZUREML_WORKSPACE, AZUREML_DATASTORE (lake), LAKE__blobServiceUri, "
    "LAKE__container (lake); without them, or with --state, the local cloud that `make up` starts."
)


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands; misuse ends with exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy_model",
        description="Deploys a trained model to an Azure ML batch endpoint.",
        epilog=EPILOG,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    plan = _command(commands, "plan", "shows what apply would do; changes nothing")
    _add_files(plan)
    apply = _command(commands, "apply", "does what plan shows; idle if nothing has changed")
    _add_files(apply)
    switch = _command(commands, "switch", "makes a deployment the endpoint's default")
    switch.add_argument("--to", required=True, metavar="DEPLOYMENT", help="such as fleet-green")
    _add_endpoint(switch)
    _add_endpoint(_command(commands, "switch-back", "returns to the default before"))
    _add_endpoint(_command(commands, "status", "endpoint, deployments, models, default"))
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name, allow_abbrev=False, help=words, description=words.capitalize() + ".", epilog=EPILOG
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FOLDER",
        help=f"the local cloud's state folder ({STATE}, if no setting names a workspace)",
    )
    return parser


def _add_files(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--deployment",
        type=Path,
        nargs="+",
        default=[FOLDER / "deployment.yml"],
        metavar="FILE",
        help="deployment files (scoring_model/deployment.yml); the endpoint*.yml that they name "
        "and compute.yml are taken from beside the first",
    )
    add("--slot", type=_slot, metavar="NAME", help="deploys as NAME-SLOT, such as fleet-green")
    add("--switch", action="store_true", help="makes it the default once it is proven")
    add("--no-smoke", action="store_true", help="without a smoke job to prove it")
    add(
        "--smoke-timeout",
        type=_minutes,
        default=SMOKE_TIMEOUT_MIN,
        metavar="MINUTES",
        help=f"how long to wait for the smoke job ({SMOKE_TIMEOUT_MIN:g}); a first one builds the "
        "environment and starts a node",
    )


def _add_endpoint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--endpoint", metavar="NAME", help="(the one in scoring_model/endpoint.yml)"
    )


def _slot(text: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9]{1,16}", text):
        raise argparse.ArgumentTypeError(f"must be 1 to 16 letters or digits; got {text!r}")
    return text


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = math.nan
    if not 0 < minutes < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number of minutes above 0; got {text!r}")
    return minutes
