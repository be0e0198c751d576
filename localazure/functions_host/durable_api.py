"""The durable extension's HTTP API: paths, parameters and status codes of the real one.

It is served twice, as in Azure: as webhooks for everybody, and under the local RPC address that
the SDK's client calls.
"""

import asyncio
import base64
import json
import time

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from localazure.durable import Management
from localazure.durable.errors import (
    InstanceExistsError,
    InstanceNotFoundError,
)
from localazure.durable.model import Status
from localazure.fidelity import Fidelity, not_imitated, same, simplified
from localazure.functions_host.durable_answers import (
    Endpoint,
    error_response,
    guarded,
    json_text,
)
from localazure.functions_host.durable_client import RPC_PATH, WEBHOOK_PATH, ClientBinding
from localazure.functions_host.durable_query import (
    CONTINUATION_HEADER,
    flag,
    read_query,
    seconds,
)
from localazure.functions_host.durable_status import history_payload, instance_payload
from localazure.functions_host.keys import Keys
from localazure.stated_route import StatedRoute

_STARTING = simplified("an unknown orchestrator is refused at once, not when it is to run")
_LISTING = simplified("in the order of ids; any page size")
_REWINDING = simplified("attempts that a retry made good are no failures")


class DurableApi:
    """Translates HTTP into calls of `Management`."""

    def __init__(self, management: Management, client: ClientBinding, keys: Keys | None) -> None:
        self._durable = management
        self._client = client
        self._keys = keys

    def routes(self) -> list[Mount]:
        """Return both sets of routes."""
        return [
            Mount(WEBHOOK_PATH, routes=self._routes(self._keys)),
            Mount(RPC_PATH, routes=self._routes(None)),
        ]

    def _routes(self, keys: Keys | None) -> list[Route]:
        one = "/instances/{instance_id}"
        table: list[tuple[str, str, Endpoint, Fidelity]] = [
            ("POST", "/orchestrators/{name}", self._start, _STARTING),
            ("POST", "/orchestrators/{name}/{instance_id}", self._start, _STARTING),
            ("GET", "/instances", self._list, _LISTING),
            ("GET", "/instances/", self._list, _LISTING),
            ("DELETE", "/instances", self._purge_all, same()),
            ("DELETE", "/instances/", self._purge_all, same()),
            ("GET", one, self._status, same()),
            ("DELETE", one, self._purge, same()),
            ("POST", one + "/raiseEvent/{event_name}", self._raise_event, same()),
            ("POST", one + "/restart", self._restart, same()),
            ("POST", one + "/rewind", self._rewind, _REWINDING),
            ("POST", one + "/{operation}", self._order, same("terminate, suspend, resume")),
        ]
        refuse = self._not_imitated("Durable entities")
        table += [
            (verb, "/entities/{rest:path}", refuse, not_imitated("501"))
            for verb in ("GET", "POST", "DELETE")
        ]
        return [
            StatedRoute(path, guarded(call, keys), fidelity, methods=[verb])
            for verb, path, call, fidelity in table
        ]

    async def _start(self, request: Request) -> Response:
        body = await request.body()
        input_json = json_text(body) if body else None
        instance_id = await run_in_threadpool(
            self._durable.start,
            request.path_params["name"],
            request.path_params.get("instance_id"),
            input_json=input_json,
            version=request.query_params.get("version", ""),
        )
        return await self._check_status(request, instance_id)

    async def _restart(self, request: Request) -> Response:
        new_id = flag(request, "restartWithNewInstanceId", default=True)
        try:
            instance_id = await run_in_threadpool(
                self._durable.restart, request.path_params["instance_id"], new_id=new_id
            )
        except InstanceNotFoundError as error:
            text = "InstanceId does not match a valid orchestration instance."
            return error_response(400, text, error)
        except InstanceExistsError as error:
            text = "A non-terminal instance with this instance ID already exists."
            return error_response(409, text, error)
        return await self._check_status(request, instance_id)

    async def _rewind(self, request: Request) -> Response:
        reason = request.query_params.get("reason")
        await run_in_threadpool(self._durable.rewind, request.path_params["instance_id"], reason)
        return Response(status_code=202)

    async def _check_status(self, request: Request, instance_id: str) -> Response:
        timeout, interval = seconds(request, "timeout"), seconds(request, "pollingInterval")
        if timeout is not None and interval is not None:
            until = time.monotonic() + timeout
            while time.monotonic() < until:
                found = await run_in_threadpool(self._durable.get, instance_id)
                if found.status is Status.COMPLETED:
                    return JSONResponse(json.loads(found.output or "null"))
                if found.status.ended:
                    return self._status_response(request, instance_id)
                await asyncio.sleep(min(interval, max(until - time.monotonic(), 0)))
        base = str(request.base_url).split("/runtime/")[0].split("/durabletask")[0].rstrip("/")
        links = self._client.management_urls(base, instance_id)
        links.pop("rewindPostUri")
        headers = {"Location": links["statusQueryGetUri"], "Retry-After": "10"}
        return JSONResponse(links, 202, headers)

    async def _status(self, request: Request) -> Response:
        return await run_in_threadpool(
            self._status_response, request, request.path_params["instance_id"]
        )

    def _status_response(self, request: Request, instance_id: str) -> Response:
        found = self._durable.get(instance_id)
        show_input = flag(request, "showInput", default=True)
        payload = instance_payload(found, show_input=show_input)
        if flag(request, "showHistory"):
            payload["historyEvents"] = history_payload(
                self._durable.history(instance_id),
                show_input=show_input,
                show_output=flag(request, "showHistoryOutput"),
            )
        if not found.status.ended:
            return JSONResponse(payload, 202, {"Location": str(request.url), "Retry-After": "5"})
        failed = found.status is Status.FAILED
        wants_500 = flag(request, "returnInternalServerErrorOnFailure")
        return JSONResponse(payload, 500 if failed and wants_500 else 200)

    async def _list(self, request: Request) -> Response:
        query = read_query(request)
        found = await run_in_threadpool(self._durable.query, query)
        show_input = flag(request, "showInput")
        headers = {}
        if query.top is not None and len(found) == query.top and found:
            last = found[-1].instance_id.encode("utf-8")
            headers[CONTINUATION_HEADER] = base64.urlsafe_b64encode(last).decode("ascii")
        payload = [instance_payload(one, show_input=show_input) for one in found]
        return JSONResponse(payload, headers=headers)

    async def _purge(self, request: Request) -> Response:
        await run_in_threadpool(self._durable.purge, request.path_params["instance_id"])
        return JSONResponse({"instancesDeleted": 1})

    async def _purge_all(self, request: Request) -> Response:
        query = read_query(request)
        if query.created_from is None:
            return JSONResponse("Please provide value for 'createdTimeFrom' parameter.", 400)
        deleted = await run_in_threadpool(self._durable.purge_all, query)
        return JSONResponse({"instancesDeleted": deleted}) if deleted else Response(status_code=404)

    async def _raise_event(self, request: Request) -> Response:
        instance_id = request.path_params["instance_id"]
        if (await run_in_threadpool(self._durable.get, instance_id)).status.ended:
            return Response(status_code=410)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            return error_response(400, "Only application/json request content is supported")
        data = json_text(await request.body())
        alive = await run_in_threadpool(
            self._durable.raise_event, instance_id, request.path_params["event_name"], data
        )
        return Response(status_code=202 if alive else 410)

    async def _order(self, request: Request) -> Response:
        orders = {
            "terminate": self._durable.terminate,
            "suspend": self._durable.suspend,
            "resume": self._durable.resume,
        }
        order = orders.get(request.path_params["operation"].lower())
        if order is None:
            return Response(status_code=404)
        reason = request.query_params.get("reason")
        alive = await run_in_threadpool(order, request.path_params["instance_id"], reason)
        return Response(status_code=202 if alive else 410)

    def _not_imitated(self, what: str) -> Endpoint:
        async def refuse(_request: Request) -> Response:
            return error_response(
                501, f"{what} is not imitated by localazure; it works in Azure only."
            )

        return refuse
