"""``fidelity``: docs/fidelity.md, made of what the parts state and what the SDKs offer."""

import argparse
import asyncio
import inspect
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from starlette.routing import BaseRoute, Mount

from localazure.config import MachineLearning
from localazure.durable.features import CLIENT, ORCHESTRATOR
from localazure.errors import LocalAzureError
from localazure.fidelity import Fidelity, not_imitated
from localazure.stated_route import StatedRoute

_HEAD = """# Fidelity

What `localazure` imitates, and how well. Made by `make fidelity` from the code; `make check` fails
when it is stale. Whatever is not listed is refused: routes by a 501 that names the call.

* **as in Azure**: an app could not notice a difference.
* **simplified**: the common use is as in Azure; the note says what is not.
* **not imitated**: refused; the note says how.
* **localazure's own**: Azure has no such thing.
"""
_WORKSPACE = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/"
    "Microsoft.MachineLearningServices/workspaces/{workspace}"
)

Row = tuple[str, Fidelity]


def show(options: argparse.Namespace) -> int:
    """Print the ledger, or compare a file with it.

    Raises:
        LocalAzureError: something is not stated, stated for nothing, or the file is stale.
    """
    text = ledger()
    if options.check is None:
        sys.stdout.write(text)
    elif not options.check.is_file() or options.check.read_text("utf-8") != text:
        raise LocalAzureError(f"{options.check} is stale: run `make fidelity`")
    return 0


def ledger() -> str:
    """Return the document."""
    sections = [
        _section("Bindings of functions", "binding", _bindings()),
        _section("Orchestrators", "of the context", _members("DurableOrchestrationContext")),
        _section("Durable clients", "of the client", _members("DurableOrchestrationClient")),
        _section("The Functions host's routes", "route", route_rows(_host_routes())),
        _section("The cloud's routes", "route", route_rows(_cloud_routes())),
    ]
    workspace = f"`/WORKSPACE` stands for `{_WORKSPACE}`.\n"
    return "\n".join([_HEAD, *sections, workspace])


def compare(what: str, offered: Iterable[str], stated: Mapping[str, Fidelity]) -> None:
    """Fail unless exactly what is offered is stated.

    Raises:
        LocalAzureError: names what is not.
    """
    unstated, stale = sorted(set(offered) - set(stated)), sorted(set(stated) - set(offered))
    if unstated or stale:
        raise LocalAzureError(
            f"the fidelity of {what} must be stated for each and no other: nothing is said of "
            f"{unstated}, and {stale} are not there"
        )


def _bindings() -> list[Row]:
    from localazure.functions_host.bindings import BINDINGS, REFUSED

    refused = not_imitated("the function is not served; a line at the start names the binding")
    return [*BINDINGS.items(), ("`, `".join(REFUSED), refused), ("all others", refused)]


def _members(kind: str) -> list[Row]:
    import azure.durable_functions as df

    stated = CLIENT if kind == "DurableOrchestrationClient" else ORCHESTRATOR
    offered = [name for name, _ in inspect.getmembers(getattr(df, kind)) if name[0] != "_"]
    compare(f"{kind}'s members", offered, stated)
    return list(stated.items())


def _host_routes() -> list[BaseRoute]:
    from localazure.functions_host.admin_api import AdminApi
    from localazure.functions_host.durable_api import DurableApi
    from localazure.functions_host.http_functions import HttpFunctions

    # Routes can be told without anything to serve behind them.
    nothing = cast("Any", None)
    http = HttpFunctions([], "", nothing, None)
    admin = AdminApi([], http, [], [], nothing, None)
    webhooks, _ = DurableApi(nothing, nothing, None).routes()
    return [*admin.routes(), webhooks]


def _cloud_routes() -> list[BaseRoute]:
    from localazure.cloud.metadata import MetadataService
    from localazure.eventhubs.consumer_routes import ConsumerRoutes
    from localazure.eventhubs.send_routes import SendRoutes
    from localazure.identity.service import IdentityService
    from localazure.insights.service import InsightsService
    from localazure.mlbatch.routes import Routes

    nothing = cast("Any", None)
    parts = (
        MetadataService(),
        IdentityService("", 1),
        SendRoutes(nothing, nothing),
        ConsumerRoutes(nothing, nothing),
        Routes(MachineLearning(), nothing, nothing),
    )
    routes: list[BaseRoute] = [route for part in parts for route in part.routes()]
    with tempfile.TemporaryDirectory() as folder:
        insights = InsightsService(Path(folder) / "insights.db", 1)
        routes += insights.routes()
        asyncio.run(insights.stop())
    return routes


def route_rows(routes: Sequence[BaseRoute], prefix: str = "") -> list[Row]:
    """Return a row per route.

    Raises:
        LocalAzureError: a route that does not state its fidelity.
    """
    rows: list[Row] = []
    for route in routes:
        if isinstance(route, Mount):
            rows += route_rows(route.routes, prefix + route.path)
        elif isinstance(route, StatedRoute):
            methods = sorted((route.methods or set()) - {"HEAD"})
            path = (prefix + route.path).replace(_WORKSPACE, "/WORKSPACE")
            rows.append((f"{' '.join(methods)} {path}", route.fidelity))
        else:
            raise LocalAzureError(f"the fidelity of the route {route} must be stated")
    return rows


def _section(title: str, column: str, rows: Sequence[Row]) -> str:
    head = f"## {title}\n\n| {column} | fidelity | note |\n|---|---|---|\n"
    lines = dict.fromkeys(f"| `{name}` | {one.level} | {one.note} |\n" for name, one in rows)
    return head + "".join(lines)
