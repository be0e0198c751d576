"""The consumer plane, which is the stand-in's own: Azure's consumers speak AMQP.

* ``GET /localazure/eventhubs/{hub}``: partitions and consumer groups;
* ``GET .../partitions/{id}/events?from=&limit=&wait=``: events of a partition, as a long poll;
* ``GET .../consumergroups/{group}/checkpoints``: how far a consumer group has come;
* ``PUT .../consumergroups/{group}/checkpoints/{partition}``: the last writer wins.

All take the same bearer token as senders do.
"""

import math

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localazure.cloud.errors import AzureError
from localazure.eventhubs.authorization import authorize
from localazure.eventhubs.broker import Broker
from localazure.eventhubs.documents import (
    checkpoints_document,
    page_document,
    partition_document,
)
from localazure.eventhubs.hubs import Hub, Hubs
from localazure.fidelity import own
from localazure.stated_route import StatedRoute

_PREFIX = "/localazure/eventhubs/{hub}"
_CHECKPOINTS = _PREFIX + "/consumergroups/{group}/checkpoints"
_PARAMETERS = {"from", "limit", "wait"}
_MAX_SEQUENCE = 2**62
_MAX_DIGITS = len(str(_MAX_SEQUENCE))
_MAX_LIMIT = 10_000
_MAX_WAIT_S = 30.0

_READING = own("reading a partition, in place of AMQP")
_KEEPING = own("checkpoints, in place of blobs")


class _NewCheckpoint(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    sequence_number: int = Field(ge=-1, le=_MAX_SEQUENCE)
    offset: str


class ConsumerRoutes:
    """The handlers of consumers."""

    def __init__(self, hubs: Hubs, broker: Broker) -> None:
        self._hubs = hubs
        self._broker = broker

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [
            StatedRoute(_PREFIX, self._get_hub, _READING),
            StatedRoute(_PREFIX + "/partitions/{partition}/events", self._get_events, _READING),
            StatedRoute(_CHECKPOINTS, self._get_checkpoints, _KEEPING),
            StatedRoute(
                _CHECKPOINTS + "/{partition}", self._put_checkpoint, _KEEPING, methods=["PUT"]
            ),
        ]

    async def _get_hub(self, request: Request) -> JSONResponse:
        authorize(request)
        hub = self._hubs.find(request.path_params["hub"])
        partitions = await self._broker.partitions(hub.name)
        return JSONResponse(
            {
                "name": hub.name,
                "partitions": [partition_document(state) for state in partitions],
                "consumer_groups": hub.consumer_groups,
            }
        )

    async def _get_events(self, request: Request) -> Response:
        authorize(request)
        hub = self._hubs.find(request.path_params["hub"])
        partition = hub.partition(request.path_params["partition"])
        query = request.query_params
        unknown = sorted(set(query) - _PARAMETERS)
        if unknown:
            raise _bad_request(f"parameters must be of {sorted(_PARAMETERS)}; got {unknown}")
        page = await self._broker.receive(
            hub.name,
            partition,
            first=_whole_number("from", query.get("from", "0"), 0, _MAX_SEQUENCE),
            limit=_whole_number("limit", query.get("limit", "100"), 1, _MAX_LIMIT),
            wait_s=_wait(query.get("wait", "0")),
        )
        return await run_in_threadpool(lambda: JSONResponse(page_document(page)))

    async def _get_checkpoints(self, request: Request) -> JSONResponse:
        authorize(request)
        hub, group = self._group(request)
        checkpoints = await self._broker.checkpoints(hub.name, group)
        return JSONResponse({"checkpoints": checkpoints_document(checkpoints)})

    async def _put_checkpoint(self, request: Request) -> Response:
        authorize(request)
        hub, group = self._group(request)
        partition = hub.partition(request.path_params["partition"])
        try:
            new = _NewCheckpoint.model_validate_json(await request.body())
        except ValidationError as error:
            problems = [
                f"{'.'.join(str(part) for part in item['loc']) or 'the checkpoint'}: {item['msg']}"
                for item in error.errors(include_url=False)
            ]
            raise _bad_request("; ".join(problems)) from error
        await self._broker.set_checkpoint(
            hub.name, group, partition, new.sequence_number, new.offset
        )
        return Response(status_code=204)

    def _group(self, request: Request) -> tuple[Hub, str]:
        hub = self._hubs.find(request.path_params["hub"])
        return hub, hub.consumer_group(request.path_params["group"])


def _whole_number(name: str, text: str, least: int, most: int) -> int:
    digits = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
    if not (digits and least <= int(text) <= most):
        raise _bad_request(f"{name} must be a whole number from {least} to {most}; got {text!r}")
    return int(text)


def _wait(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= _MAX_WAIT_S:
        raise _bad_request(f"wait must be from 0 to {_MAX_WAIT_S:g} seconds; got {text!r}")
    return seconds


def _bad_request(message: str) -> AzureError:
    return AzureError(400, "BadRequest", message)
