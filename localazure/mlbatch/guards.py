"""What every request must bring before a handler sees it: a token, a version, the right workspace.

The handlers of several modules share it, so that all of the plane refuses in one way.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from localazure.cloud.errors import AzureError
from localazure.config import MachineLearning
from localazure.identity.tokens import require_bearer
from localazure.mlbatch.errors import (
    DefinitionError,
    InUseError,
    InvalidRequestError,
    JobExistsError,
    MlBatchError,
    NotFoundError,
)
from localazure.mlbatch.responses import Workspace

Handler = Callable[[Request], Awaitable[Response]]

WORKSPACE = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/"
    "Microsoft.MachineLearningServices/workspaces/{workspace}"
)
_SCORING_AUDIENCES = ("https://ml.azure.com", "https://ml.azure.test")
_ARM_AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")

_STATUSES: Mapping[type[MlBatchError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    JobExistsError: HTTPStatus.CONFLICT,
    InUseError: HTTPStatus.CONFLICT,
    InvalidRequestError: HTTPStatus.BAD_REQUEST,
    # Not a 5xx: Azure's SDKs would try again for a minute before they show the reason.
    DefinitionError: HTTPStatus.BAD_REQUEST,
}


class Guard:
    """Wraps handlers; the plane's errors leave it as Azure's."""

    def __init__(self, config: MachineLearning) -> None:
        self._config = config

    def management(self, handler: Handler, *, versioned: bool = True) -> Handler:
        """Guard a call of Azure Resource Manager."""

        async def guarded(request: Request) -> Response:
            require_bearer(request, (base_url(request), *_ARM_AUDIENCES))
            if versioned and not request.query_params.get("api-version"):
                raise AzureError(400, "MissingApiVersionParameter", "api-version must be given")
            return await self._answer(handler, request)

        return guarded

    def scoring(self, handler: Handler) -> Handler:
        """Guard a call that takes a token of Azure ML's own audience."""

        async def guarded(request: Request) -> Response:
            require_bearer(request, _SCORING_AUDIENCES)
            return await self._answer(handler, request)

        return guarded

    def own(self, handler: Handler) -> Handler:
        """Guard a call that Azure does not have; a token of either audience opens it."""

        async def guarded(request: Request) -> Response:
            require_bearer(request, (base_url(request), *_ARM_AUDIENCES, *_SCORING_AUDIENCES))
            return await self._answer(handler, request)

        return guarded

    def bodies(self, request: Request) -> Workspace:
        """Return what shapes the answers to a request."""
        config = self._config
        return Workspace(
            config.subscription_id, config.resource_group, config.workspace, base_url(request)
        )

    async def _answer(self, handler: Handler, request: Request) -> Response:
        try:
            self._check_workspace(request.path_params)
            return await handler(request)
        except MlBatchError as error:
            status = next(
                (code for kind, code in _STATUSES.items() if isinstance(error, kind)),
                HTTPStatus.INTERNAL_SERVER_ERROR,
            )
            raise AzureError(status, error.code, str(error)) from error

    def _check_workspace(self, path: Mapping[str, str]) -> None:
        wanted = (path.get("subscription"), path.get("group"), path.get("workspace"))
        config = self._config
        known = (config.subscription_id, config.resource_group, config.workspace)
        if any(wanted) and wanted != known:
            raise NotFoundError("Workspace", "/".join(str(part) for part in wanted))


def base_url(request: Request) -> str:
    """Return the server's address, without a slash at its end."""
    return str(request.base_url).rstrip("/")
