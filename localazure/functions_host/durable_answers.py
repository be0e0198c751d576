"""How the durable HTTP API refuses: with the extension's status codes and bodies."""

import json
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from localazure.durable.errors import (
    InstanceExistsError,
    InstanceNotEndedError,
    InstanceNotFailedError,
    InstanceNotFoundError,
    InvalidInstanceIdError,
    UnknownFunctionError,
)
from localazure.functions_host.keys import Keys

_logger = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]


def guarded(call: Endpoint, keys: Keys | None) -> Endpoint:
    """Ask for the extension's key and turn the engine's errors into status codes."""

    @wraps(call)
    async def endpoint(request: Request) -> Response:
        if keys is not None and not keys.allows(request, "system"):
            return Response(status_code=401)
        try:
            return await call(request)
        except InstanceNotFoundError:
            return Response(status_code=404)
        except InstanceExistsError as error:
            return error_response(409, str(error))
        except (InstanceNotEndedError, InstanceNotFailedError) as error:
            return JSONResponse(str(error), 412)
        except (UnknownFunctionError, InvalidInstanceIdError) as error:
            return error_response(400, str(error))
        except InvalidJsonError as error:
            return error_response(400, "Invalid JSON content", error.__cause__)
        except ValueError as error:
            return error_response(400, "One or more of the arguments submitted is incorrect", error)
        except Exception as error:
            _logger.exception("%s %s failed", request.method, request.url.path)
            return error_response(500, "Something went wrong while processing your request", error)

    return endpoint


class InvalidJsonError(Exception):
    """A body that is not JSON; its cause says where."""


def json_text(body: bytes) -> str:
    """Return a body that is JSON as text; raise InvalidJsonError."""
    try:
        text = body.decode("utf-8")
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidJsonError from error
    return text


def error_response(status: int, message: str, cause: BaseException | None = None) -> Response:
    """Return an error in the form that the extension gives it."""
    payload: dict[str, Any] = {"Message": message}
    if cause is not None:
        payload |= {"ExceptionMessage": str(cause), "ExceptionType": type(cause).__name__}
    return JSONResponse(payload, status)
