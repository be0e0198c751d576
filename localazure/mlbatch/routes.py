"""The REST calls that azure-ai-ml makes, routed by path; any api-version is taken.

Nothing is decided here: requests are checked and read, ``plane`` acts, ``responses`` shapes.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localazure.cloud.errors import AzureError
from localazure.config import MachineLearning
from localazure.identity.tokens import require_bearer
from localazure.mlbatch.datastores import default_datastore
from localazure.mlbatch.errors import (
    DefinitionError,
    InvalidRequestError,
    JobExistsError,
    MlBatchError,
    NotFoundError,
)
from localazure.mlbatch.invocation import parse_invocation
from localazure.mlbatch.plane import Plane
from localazure.mlbatch.responses import Workspace, page

Handler = Callable[[Request], Awaitable[Response]]

_WORKSPACE = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/"
    "Microsoft.MachineLearningServices/workspaces/{workspace}"
)
# Services behind the discovery address: for an endpoint's jobs, and for what came of a job.
_FRONT_END = f"/mferp/managementfrontend{_WORKSPACE}"
_HISTORY = f"/history/v1.0{_WORKSPACE}"
_SCORING_AUDIENCES = ("https://ml.azure.com", "https://ml.azure.test")
_ARM_AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")
_DEPLOYMENT_HEADER = "azureml-model-deployment"
_PAGE_SIZE = 50

_STATUSES: Mapping[type[MlBatchError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    JobExistsError: HTTPStatus.CONFLICT,
    InvalidRequestError: HTTPStatus.BAD_REQUEST,
    # Not a 5xx: Azure's SDKs would try again for a minute before they show the reason.
    DefinitionError: HTTPStatus.BAD_REQUEST,
}


class Routes:
    """The handlers; ``plane`` and ``account_url`` become known when the service starts."""

    def __init__(self, config: MachineLearning, plane: Callable[[], Plane]) -> None:
        self._config = config
        self._plane = plane
        self.account_url = ""

    def routes(self) -> list[Route]:
        """Return all routes."""
        endpoint = _WORKSPACE + "/batchEndpoints/{endpoint}"
        job = _WORKSPACE + "/jobs/{job}"
        arm: dict[str, Handler] = {
            _WORKSPACE: self._get_workspace,
            _WORKSPACE + "/batchEndpoints": self._list_endpoints,
            endpoint: self._get_endpoint,
            endpoint + "/deployments": self._list_deployments,
            endpoint + "/deployments/{deployment}": self._get_deployment,
            _WORKSPACE + "/jobs": self._list_jobs,
            job: self._get_job,
            job + "/cancel": self._get_cancellation,
            _WORKSPACE + "/datastores": self._list_datastores,
            _WORKSPACE + "/datastores/{datastore}": self._get_datastore,
        }
        return [
            *(Route(path, self._management(handler)) for path, handler in arm.items()),
            Route(job + "/cancel", self._management(self._cancel_job), methods=["POST"]),
            Route(
                _HISTORY + "/runs/{job}/details",
                self._management(self._get_run_details, versioned=False),
            ),
            Route("/mlbatch/discovery", self._discover),
            Route("/mlbatch/{endpoint}/jobs", self._scoring(self._invoke), methods=["POST"]),
            Route(_FRONT_END + "/batchEndpoints/{endpoint}/jobs", self._scoring(self._list_jobs)),
        ]

    def _management(self, handler: Handler, *, versioned: bool = True) -> Handler:
        """Guard a call of Azure Resource Manager."""

        async def guarded(request: Request) -> Response:
            require_bearer(request, (_base_url(request), *_ARM_AUDIENCES))
            if versioned and not request.query_params.get("api-version"):
                raise AzureError(400, "MissingApiVersionParameter", "api-version must be given")
            return await self._answer(handler, request)

        return guarded

    def _scoring(self, handler: Handler) -> Handler:
        """Guard a call that takes a token of Azure ML's own audience."""

        async def guarded(request: Request) -> Response:
            require_bearer(request, _SCORING_AUDIENCES)
            return await self._answer(handler, request)

        return guarded

    async def _answer(self, handler: Handler, request: Request) -> Response:
        try:
            self._check_workspace(request.path_params)
            return await handler(request)
        except MlBatchError as error:
            status = _STATUSES.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
            raise AzureError(status, error.code, str(error)) from error

    def _check_workspace(self, path: Mapping[str, str]) -> None:
        wanted = (path.get("subscription"), path.get("group"), path.get("workspace"))
        config = self._config
        known = (config.subscription_id, config.resource_group, config.workspace)
        if any(wanted) and wanted != known:
            raise NotFoundError("Workspace", "/".join(str(part) for part in wanted))

    def _bodies(self, request: Request) -> Workspace:
        config = self._config
        return Workspace(
            config.subscription_id, config.resource_group, config.workspace, _base_url(request)
        )

    async def _discover(self, request: Request) -> Response:
        base = _base_url(request)
        return JSONResponse({"api": base, "history": base})

    async def _get_workspace(self, request: Request) -> Response:
        return JSONResponse(self._bodies(request).workspace())

    async def _list_endpoints(self, request: Request) -> Response:
        bodies = self._bodies(request)
        return JSONResponse(page(map(bodies.endpoint, self._plane().catalog.endpoints())))

    async def _get_endpoint(self, request: Request) -> Response:
        endpoint = self._plane().catalog.endpoint(request.path_params["endpoint"])
        return JSONResponse(self._bodies(request).endpoint(endpoint))

    async def _list_deployments(self, request: Request) -> Response:
        catalog = self._plane().catalog
        found = catalog.deployments(catalog.endpoint(request.path_params["endpoint"]))
        return JSONResponse(page(map(self._bodies(request).deployment, found)))

    async def _get_deployment(self, request: Request) -> Response:
        catalog = self._plane().catalog
        endpoint = catalog.endpoint(request.path_params["endpoint"])
        deployment = catalog.deployment(endpoint, request.path_params["deployment"])
        return JSONResponse(self._bodies(request).deployment(deployment))

    async def _list_jobs(self, request: Request) -> Response:
        plane, bodies = self._plane(), self._bodies(request)
        endpoint = request.path_params.get("endpoint")
        if endpoint:
            plane.catalog.endpoint(endpoint)
        offset = _offset(request)
        jobs = plane.store.newest(endpoint=endpoint, offset=offset, limit=_PAGE_SIZE + 1)
        more = len(jobs) > _PAGE_SIZE
        link = str(request.url.include_query_params(**{"$skip": offset + _PAGE_SIZE}))
        shown = [bodies.job(job, str(plane.logs(job))) for job in jobs[:_PAGE_SIZE]]
        return JSONResponse(page(shown, link if more else None))

    async def _get_job(self, request: Request) -> Response:
        plane = self._plane()
        job = plane.store.get(request.path_params["job"])
        return JSONResponse(self._bodies(request).job(job, str(plane.logs(job))))

    async def _get_run_details(self, request: Request) -> Response:
        job = self._plane().store.get(request.path_params["job"])
        return JSONResponse(self._bodies(request).run_details(job))

    async def _cancel_job(self, request: Request) -> Response:
        job = self._plane().cancel(request.path_params["job"])
        return _cancellation(request, ended=job.ended)

    async def _get_cancellation(self, request: Request) -> Response:
        job = self._plane().store.get(request.path_params["job"])
        return _cancellation(request, ended=job.ended)

    async def _list_datastores(self, request: Request) -> Response:
        bodies = self._bodies(request)
        stores = dict(self._config.datastores)
        if request.query_params.get("isDefault", "").lower() == "true" and stores:
            name = default_datastore(stores)
            stores = {name: stores[name]}
        return JSONResponse(
            page(
                bodies.datastore(name, store.container, self.account_url)
                for name, store in stores.items()
            )
        )

    async def _get_datastore(self, request: Request) -> Response:
        name = request.path_params["datastore"]
        if name not in self._config.datastores:
            raise NotFoundError("Datastore", name)
        container = self._config.datastores[name].container
        return JSONResponse(self._bodies(request).datastore(name, container, self.account_url))

    async def _invoke(self, request: Request) -> Response:
        plane = self._plane()
        invocation = parse_invocation(await request.body())
        deployment = request.headers.get(_DEPLOYMENT_HEADER, "")
        job = plane.invoke(request.path_params["endpoint"], deployment, invocation)
        body = self._bodies(request).job(job, str(plane.logs(job)))
        return JSONResponse(body, HTTPStatus.CREATED)


def _base_url(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _offset(request: Request) -> int:
    text = request.query_params.get("$skip", "0")
    if not text.isdigit():
        raise InvalidRequestError([f"`$skip` must be a number; got {text!r}"])
    return int(text)


def _cancellation(request: Request, *, ended: bool) -> Response:
    """Answer as an operation that the SDK's poller follows until the job has ended."""
    if ended:
        return Response(status_code=HTTPStatus.OK)
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        headers={"Location": str(request.url), "Retry-After": "1"},
    )
