"""The commands of ``python -m localazure``, their options and their help."""

import argparse
from pathlib import Path

from localazure.cli import commands
from localazure.insights.envelopes import KINDS

_DESCRIPTION = (
    "Azure on a laptop: a stand-in that speaks the wire protocols of Azure's services, so that an "
    "app runs unchanged, through Azure's own SDKs, without an Azure account. Everything listens on "
    "this machine only and keeps its data in one state folder."
)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; each command sets ``command`` to the function that runs it."""
    parser = argparse.ArgumentParser(prog="python -m localazure", description=_DESCRIPTION)
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_up(parsers)
    _add_cloud(parsers)
    _add_host(parsers)
    _add_instances(parsers)
    _add_insights(parsers)
    _add_events(parsers)
    _add_reset(parsers)
    _add_fidelity(parsers)
    return parser


def _add_up(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = parsers.add_parser(
        "up",
        help="start the local cloud and the Functions app, until Ctrl-C",
        description="Start the local cloud and a Functions app in it, and stay until Ctrl-C. "
        "Addresses are written to endpoints.json in the state folder once all is ready.",
    )
    parser.add_argument("--app", type=Path, default=Path(), help="folder of the Functions app (.)")
    _add_host_options(parser)
    _add_cloud_options(parser)
    parser.set_defaults(command=commands.up)


def _add_cloud(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = parsers.add_parser(
        "cloud",
        help="start the local cloud without a Functions app",
        description="Start the local cloud alone, for tests and notebooks, and stay until Ctrl-C.",
    )
    _add_cloud_options(parser)
    parser.add_argument(
        "--export",
        action="store_true",
        help="do not start anything: print the variables of the cloud that runs on this state "
        'folder, for the shell: eval "$(python -m localazure cloud --export)"',
    )
    parser.set_defaults(command=commands.cloud)


def _add_host(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = parsers.add_parser(
        "host",
        help="run only the Functions host, in the environment of this shell",
        description="Serve one Functions app. It finds Azure, local or real, through the variables "
        "of this shell.",
    )
    parser.add_argument("app", type=Path, help="folder of the Functions app")
    _add_host_options(parser)
    _add_state(parser)
    parser.set_defaults(command=commands.host)


def _add_instances(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = parsers.add_parser(
        "instances",
        help="show orchestrations, or all about one",
        description="Show the orchestrations of a Functions host, oldest first; with ID its "
        "sub-orchestrations, what it waits for, and its history with durations. Works whether the "
        "host runs or not.",
    )
    parser.add_argument("instance", nargs="?", metavar="ID", help="all about this instance")
    parser.add_argument("--status", action="append", help="only these (may be given repeatedly)")
    parser.add_argument("--since", metavar="TIME", help="created at this time (ISO 8601) or later")
    parser.add_argument("--until", metavar="TIME", help="created at this time or earlier")
    parser.add_argument("--prefix", default="", help="only ids that begin like this")
    parser.add_argument("--all", action="store_true", help="sub-orchestrations, too")
    parser.add_argument("--limit", type=int, default=50, help="how many of the newest (50)")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    _add_state(parser)
    parser.set_defaults(command=commands.instances)


def _add_insights(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = parsers.add_parser(
        "insights",
        help="show what was reported to Application Insights",
        description="Show the telemetry that the local Application Insights took, oldest first. "
        "Works whether the local cloud runs or not.",
    )
    parser.add_argument("--kind", choices=KINDS, help="only items of this kind")
    parser.add_argument("--name", help="only items of this name (type of an exception, event ...)")
    parser.add_argument("--since", help="only items since this time (ISO 8601)")
    parser.add_argument("--limit", default="100", help="how many of the newest to show (100)")
    parser.add_argument("--follow", action="store_true", help="go on with what comes, until Ctrl-C")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    _add_state(parser)
    parser.set_defaults(command=commands.insights)


def _add_events(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = parsers.add_parser(
        "events",
        help="show what the event hubs hold, and how far consumers are",
        description="Show the partitions of the local Event Hubs and, for each consumer group, its "
        "checkpoints and how many events wait for it. Works whether the local cloud runs or not.",
    )
    parser.add_argument("hub", nargs="?", metavar="HUB", help="only this hub")
    parser.add_argument("--json", action="store_true", help="one JSON object per hub and line")
    _add_state(parser)
    parser.set_defaults(command=commands.events)


def _add_reset(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = parsers.add_parser(
        "reset",
        help="throw away all data of a state folder",
        description="Delete what the local cloud keeps in a state folder: blobs, runs, jobs, "
        "events, telemetry, certificates. The installed Azurite stays.",
    )
    _add_state(parser)
    parser.set_defaults(command=commands.reset)


def _add_fidelity(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = parsers.add_parser(
        "fidelity",
        help="print what is imitated, and how well",
        description="Print docs/fidelity.md: each binding, durable feature and route, as in Azure, "
        "simplified or not imitated.",
    )
    parser.add_argument("--check", type=Path, metavar="FILE", help="fail if FILE says otherwise")
    parser.set_defaults(command=commands.fidelity)


def _add_host_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=int, default=7071, help="port of the app; 0 takes a free one (7071)"
    )
    parser.add_argument("--auth", action="store_true", help="ask for function keys, as Azure does")


def _add_cloud_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("localazure.yml"),
        help="what exists in the local cloud (localazure.yml)",
    )
    parser.add_argument(
        "--root", type=Path, help="what paths in --config are relative to (the folder of --config)"
    )
    parser.add_argument(
        "--cache",
        type=Path,
        help="where Azurite is installed (LOCALAZURE_CACHE, or .localazure/cache of the project)",
    )
    _add_state(parser)


def _add_state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state",
        type=Path,
        default=Path(".localazure"),
        help="folder that keeps all data of this local cloud (.localazure)",
    )
