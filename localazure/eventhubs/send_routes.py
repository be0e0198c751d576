"""The service's REST send: ``POST /{hub}/messages``, also to one partition or as one publisher.

An answer of 201 means that all events of the request are in the log; any other, that none is.
Errors have the JSON shape of the whole local cloud, where Azure answers XML. Names of properties
that come as headers are in lower case, since HTTP does not keep more; those in a batch stay as
they are.

``x-localazure-enqueued-time`` is the stand-in's own header: the enqueued time of the request's
events, in ISO 8601, so that a simulation may play a stream faster than real time. Time still never
goes backwards in a partition.
"""

from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localazure.cloud.errors import AzureError
from localazure.eventhubs.authorization import authorize
from localazure.eventhubs.broker import Broker
from localazure.eventhubs.hubs import Hubs
from localazure.eventhubs.model import milliseconds
from localazure.eventhubs.sending import SendError, Sending, parse_sending
from localazure.fidelity import simplified
from localazure.stated_route import StatedRoute

# The standard tier's bound for one event and for one batch.
_MAX_REQUEST_BYTES = 1024 * 1024
_PARAMETERS = {"timeout", "api-version"}
_ENQUEUED_TIME = "x-localazure-enqueued-time"

_SENDING = simplified("one event or a JSON batch; by token, not by shared access signature")


class SendRoutes:
    """The handlers of senders."""

    def __init__(self, hubs: Hubs, broker: Broker) -> None:
        self._hubs = hubs
        self._broker = broker

    def routes(self) -> list[Route]:
        """Return all routes."""
        paths = (
            "/{hub}/messages",
            "/{hub}/partitions/{partition}/messages",
            "/{hub}/publishers/{publisher}/messages",
        )
        return [StatedRoute(path, self._send, _SENDING, methods=["POST"]) for path in paths]

    async def _send(self, request: Request) -> Response:
        authorize(request)
        hub = self._hubs.find(request.path_params["hub"])
        unknown = sorted(set(request.query_params) - _PARAMETERS)
        if unknown:
            raise _bad_request(f"parameters must be of {sorted(_PARAMETERS)}; got {unknown}")
        enqueued_ms = _enqueued_time(request)
        body = await _body(request)
        try:
            sending = await run_in_threadpool(parse_sending, request.headers.raw, body)
            key, partition_id = _target(request, sending)
        except SendError as error:
            raise _bad_request(str(error)) from error
        partition = (
            hub.choose_partition(key) if partition_id is None else hub.partition(partition_id)
        )
        await self._broker.send(
            hub.name, partition, sending.events, partition_key=key, enqueued_ms=enqueued_ms
        )
        # As the service answers: empty, and yet with a type.
        return Response(status_code=201, media_type="application/xml; charset=utf-8")


def _target(request: Request, sending: Sending) -> tuple[str | None, str | None]:
    """Return the partition key and the partition id that the path and the request agree on.

    A publisher's name is the partition key of its events.
    """
    publisher = request.path_params.get("publisher")
    partition = request.path_params.get("partition")
    key = _agreed("PartitionKey", publisher, sending.partition_key)
    partition_id = _agreed("PartitionId", partition, sending.partition_id)
    if key is not None and partition_id is not None:
        raise SendError(
            "a request must have a partition key or a partition; "
            f"got both, {key!r} and {partition_id!r}"
        )
    return key, partition_id


def _agreed(name: str, in_path: str | None, in_request: str | None) -> str | None:
    if in_path is not None and in_request not in (None, in_path):
        raise SendError(f"{name} must be {in_path!r}, as in the path; got {in_request!r}")
    return in_request if in_path is None else in_path


def _enqueued_time(request: Request) -> int | None:
    text = request.headers.get(_ENQUEUED_TIME)
    if text is None:
        return None
    try:
        return milliseconds(datetime.fromisoformat(text))
    except ValueError:
        raise _bad_request(f"{_ENQUEUED_TIME} must be an ISO 8601 time; got {text!r}") from None


async def _body(request: Request) -> bytes:
    """Return the body; one that is too long is heard out, so that the sender reads the answer."""
    body = bytearray()
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= _MAX_REQUEST_BYTES:
            body += part
    if size > _MAX_REQUEST_BYTES:
        raise AzureError(
            413,
            "MessageSizeExceeded",
            f"a request must have at most {_MAX_REQUEST_BYTES} bytes; got {size}",
        )
    return bytes(body)


def _bad_request(message: str) -> AzureError:
    return AzureError(400, "BadRequest", message)
