"""Errors in the shape in which Azure's services report them.

They stand apart because every service of the local cloud raises them and one handler answers them:
``{"error": {"code": ..., "message": ...}}``.
"""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse


class AzureError(HTTPException):
    """An answer with an error code that Azure's SDKs map to their exceptions."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.code = code
        super().__init__(status_code=status, detail=message, headers=headers)


async def answer_error(_request: Request, error: Exception) -> JSONResponse:
    """Answer an ``HTTPException`` as Azure does; anything else as an internal error."""
    if not isinstance(error, HTTPException):
        return _response(500, "InternalServerError", f"{type(error).__name__}: {error}")
    code = error.code if isinstance(error, AzureError) else HTTPStatus(error.status_code).name
    return _response(error.status_code, code, error.detail, error.headers)


async def answer_not_imitated(request: Request) -> JSONResponse:
    """Answer 501 and name the call, so that a missing imitation is never taken for Azure."""
    return _response(
        501,
        "NotImitated",
        f"{request.method} {request.url.path} is not imitated by the local cloud",
    )


def _response(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)
