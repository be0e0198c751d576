"""The app's HTTP functions: finds the one for a request and converts both ways.

Conversion is done by azure.functions' own converters, so that functions see what they see in
Azure.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure.functions.http import HttpRequestConverter, HttpResponseConverter
from azure.functions.meta import Datum
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from localazure.functions_host.app import HostedFunction
from localazure.functions_host.errors import BadFunctionError
from localazure.functions_host.invocation import Invoker
from localazure.functions_host.keys import Keys
from localazure.functions_host.routes import Route, parse_route
from localazure.functions_host.settings import expand

ALL_METHODS = ("GET", "POST", "DELETE", "HEAD", "PATCH", "PUT", "OPTIONS")
RESERVED_PREFIXES = ("admin/", "runtime/", "durabletask/")
UP_TEXT = "Your Functions app is up and running.\n"


@dataclass(frozen=True)
class HttpFunction:
    """An HTTP function with its place in the app's address space."""

    function: HostedFunction
    route: Route
    methods: tuple[str, ...]
    auth_level: str


class HttpFunctions:
    """Serves every path that is not the host's own."""

    def __init__(
        self, functions: list[HostedFunction], prefix: str, invoker: Invoker, keys: Keys | None
    ) -> None:
        chosen = [one for one in functions if one.served and one.trigger_type == "httpTrigger"]
        self.table = sorted(
            (_read(one, prefix) for one in chosen),
            # Literal before constrained before free before catch-all, segment by segment.
            key=lambda one: one.route.rank,
        )
        self._invoker = invoker
        self._keys = keys

    async def serve(self, request: Request) -> Response:
        """Answer a request with the function that its path and method name."""
        found = self._find(request)
        if found is None:
            home = request.url.path == "/" and request.method in ("GET", "HEAD")
            return PlainTextResponse(UP_TEXT) if home else Response(status_code=404)
        target, values = found
        if self._keys is not None and not self._keys.allows(request, target.auth_level):
            return Response(status_code=401)
        try:
            value = _to_azure(request, values, await request.body())
            running = self._invoker.invoke(target.function, value)
            result = await asyncio.wrap_future(running)
        except Exception:  # noqa: BLE001 - reported on the console; the client learns no detail
            return Response(status_code=500)
        try:
            return _to_response(result)
        except NotImplementedError:
            got = type(result).__name__
            error = TypeError(f"an HTTP function must return an HttpResponse or a str; got {got}")
            self._invoker.refuse(target.function, error)
            return Response(status_code=500)

    def _find(self, request: Request) -> tuple[HttpFunction, dict[str, str]] | None:
        for one in self.table:
            values = one.route.match(_raw_path(request))
            if values is not None and request.method in one.methods:
                return one, values
        return None


def _read(function: HostedFunction, prefix: str) -> HttpFunction:
    trigger = function.trigger
    route = trigger.get("route")
    own = expand(function.name if route is None else str(route), os.environ, function.name)
    template = "/".join(filter(None, (prefix, own.strip("/"))))
    if template.lower().startswith(RESERVED_PREFIXES):
        raise BadFunctionError(function.name, f"route {template!r} belongs to the host")
    declared = trigger.get("methods")
    methods = tuple(str(one).upper() for one in declared) if declared else ALL_METHODS
    level = str(trigger.get("authLevel") or "function").lower()
    return HttpFunction(function, parse_route(function.name, template), methods, level)


def _raw_path(request: Request) -> str:
    """Return the path as it was sent: an escaped slash is no separator."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return raw.decode("latin-1").partition("?")[0]


def _url(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{str(request.base_url).rstrip('/')}{_raw_path(request)}{query}"


def _to_azure(request: Request, values: Mapping[str, str], body: bytes) -> Any:
    parts = {
        "method": Datum(request.method, "string"),
        "url": Datum(_url(request), "string"),
        "headers": {name: Datum(text, "string") for name, text in request.headers.items()},
        "query": {name: Datum(text, "string") for name, text in request.query_params.items()},
        "params": {name: Datum(text, "string") for name, text in values.items()},
        "body": Datum(body, "bytes"),
    }
    return HttpRequestConverter.decode(Datum(parts, "http"), trigger_metadata=None)


def _to_response(result: Any) -> Response:
    datum = HttpResponseConverter.encode(result, expected_type=None)
    if datum.type == "string":
        return PlainTextResponse(datum.value)
    parts = datum.value
    response = Response(parts["body"].value, int(parts["status_code"].value))
    for name, value in parts["headers"].items():
        response.headers[name] = value.value
    for cookies in parts["cookies"] or ():
        for morsel in cookies.values():
            response.headers.append("set-cookie", morsel.OutputString())
    return response
