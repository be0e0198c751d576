"""The host's own API under `/admin`, as far as tools and tests use it."""

import json
import os
import sys
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localazure.fidelity import simplified
from localazure.functions_host.app import HostedFunction
from localazure.functions_host.event_hubs.function import EventHubFunction
from localazure.functions_host.http_functions import HttpFunctions
from localazure.functions_host.invocation import Invoker
from localazure.functions_host.keys import Keys
from localazure.functions_host.timers import TimerFunction
from localazure.stated_route import StatedRoute


class AdminApi:
    """Lists functions, starts them by hand, and tells how the host is."""

    def __init__(
        self,
        functions: list[HostedFunction],
        http: HttpFunctions,
        timers: list[TimerFunction],
        event_hubs: list[EventHubFunction],
        invoker: Invoker,
        keys: Keys | None,
    ) -> None:
        self._functions = functions
        self._templates = {one.function.name: one.route.template for one in http.table}
        self._timers = {one.function.name.casefold(): one for one in timers}
        self._event_hubs = {one.name.casefold(): one for one in event_hubs}
        self._invoker = invoker
        self._keys = keys

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            StatedRoute("/admin/functions", self._list, simplified("names, bindings, addresses")),
            StatedRoute(
                "/admin/functions/{name}",
                self._invoke,
                simplified("timers and Event Hub functions"),
                methods=["POST"],
            ),
            StatedRoute("/admin/host/status", self._status, simplified("the fields of every host")),
        ]

    async def _list(self, request: Request) -> Response:
        if not self._allowed(request):
            return Response(status_code=401)
        return JSONResponse([self._describe(one, request) for one in self._functions])

    async def _invoke(self, request: Request) -> Response:
        if not self._allowed(request):
            return Response(status_code=401)
        name = request.path_params["name"].casefold()
        found = next((one for one in self._functions if one.name.casefold() == name), None)
        if found is None:
            return Response(status_code=404)
        if name in self._event_hubs:
            return await self._deliver(self._event_hubs[name], request)
        if name not in self._timers:
            text = f"Function '{found.name}' cannot be invoked by hand: it is a "
            return JSONResponse({"Message": f"{text}{found.trigger_type}."}, 400)
        self._invoker.invoke(found, self._timers[name].request(past_due=False))
        return Response(status_code=202)

    async def _deliver(self, target: EventHubFunction, request: Request) -> Response:
        try:
            given = json.loads(await request.body() or b"{}")
        except ValueError:
            given = None
        text = given.get("input") if isinstance(given, dict) else None
        if not isinstance(text, str):
            message = f"Function '{target.name}': `input` must be a text, the event's body."
            return JSONResponse({"Message": message}, 400)
        target.deliver_by_hand(text)
        return Response(status_code=202)

    async def _status(self, request: Request) -> Response:
        if not self._allowed(request):
            return Response(status_code=401)
        return JSONResponse(
            {
                "id": "localazure",
                "state": "Running",
                "version": "localazure",
                "pythonVersion": sys.version.split()[0],
                "processId": os.getpid(),
            }
        )

    def _allowed(self, request: Request) -> bool:
        return self._keys is None or self._keys.allows(request, "admin")

    def _describe(self, function: HostedFunction, request: Request) -> dict[str, Any]:
        template = self._templates.get(function.name)
        return {
            "name": function.name,
            "invoke_url_template": f"{request.base_url}{template}" if template else None,
            "language": "python",
            "isDisabled": function.disabled,
            "notImitated": function.not_imitated,
            "config": {"bindings": [dict(function.trigger), *map(dict, function.bindings)]},
        }
