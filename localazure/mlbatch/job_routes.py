"""The calls about jobs: invoke, look, list, cancel, and the run history with its logs."""

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from localazure.cloud.errors import AzureError
from localazure.fidelity import own, simplified
from localazure.mlbatch.errors import InvalidRequestError
from localazure.mlbatch.guards import WORKSPACE, Guard
from localazure.mlbatch.invocation import parse_invocation
from localazure.mlbatch.job_bodies import JobBodies
from localazure.mlbatch.logs import parent_of
from localazure.mlbatch.plane import Plane
from localazure.mlbatch.responses import page
from localazure.stated_route import StatedRoute

# Services behind the discovery address: for an endpoint's jobs, and for what came of a job.
_FRONT_END = f"/mferp/managementfrontend{WORKSPACE}/batchEndpoints/{{endpoint}}"
_RUN = f"/history/v1.0{WORKSPACE}/runs/{{job}}"
_JOB = f"{WORKSPACE}/jobs/{{job}}"
_DEPLOYMENT_HEADER = "azureml-model-deployment"
_PAGE_SIZE = 50

_JOBS = simplified("jobs of batch endpoints alone")
_HISTORY = simplified("where the logs of a job are")
_INVOKING = simplified("one input, one output; the script runs in processes of this machine")


class JobRoutes:
    """The handlers; ``plane`` becomes known when the service starts."""

    def __init__(self, guard: Guard, plane: Callable[[], Plane]) -> None:
        self._guard = guard
        self._plane = plane

    def routes(self) -> list[Route]:
        """Return the routes."""
        arm, scoring = self._guard.management, self._guard.scoring
        history = {"/details": self._get_run_details, "/children": self._list_children}
        return [
            StatedRoute(WORKSPACE + "/jobs", arm(self._list), _JOBS),
            StatedRoute(_JOB, arm(self._get), _JOBS),
            StatedRoute(_JOB + "/cancel", arm(self._cancel), _JOBS, methods=["POST"]),
            StatedRoute(_JOB + "/cancel", arm(self._get_cancellation), _JOBS),
            *(
                StatedRoute(_RUN + path, arm(handler, versioned=False), _HISTORY)
                for path, handler in history.items()
            ),
            StatedRoute(
                "/mlbatch/{endpoint}/jobs", scoring(self._invoke), _INVOKING, methods=["POST"]
            ),
            StatedRoute(_FRONT_END + "/jobs", scoring(self._list), _JOBS),
            StatedRoute(_FRONT_END + "/deployments/{deployment}/jobs", scoring(self._list), _JOBS),
            # As in Azure, the address of a log file opens it: it carries a signature.
            StatedRoute("/mlbatch/logs/{job}/{path:path}", self._get_log, own("log files")),
        ]

    def _bodies(self, request: Request) -> JobBodies:
        return JobBodies(self._guard.bodies(request), self._plane())

    async def _list(self, request: Request) -> Response:
        plane, bodies = self._plane(), self._bodies(request)
        endpoint = request.path_params.get("endpoint")
        deployment = request.path_params.get("deployment")
        if endpoint:
            found = plane.catalog.endpoint(endpoint)
            if deployment:
                plane.catalog.deployment(found, deployment)
        offset = _offset(request)
        jobs = plane.store.newest(
            endpoint=endpoint, deployment=deployment, offset=offset, limit=_PAGE_SIZE + 1
        )
        link = str(request.url.include_query_params(**{"$skip": offset + _PAGE_SIZE}))
        shown = map(bodies.job, jobs[:_PAGE_SIZE])
        return JSONResponse(page(shown, link if len(jobs) > _PAGE_SIZE else None))

    async def _get(self, request: Request) -> Response:
        plane, name = self._plane(), request.path_params["job"]
        plane.faults.refuse("get", name)
        return JSONResponse(self._bodies(request).job(plane.store.get(name)))

    async def _invoke(self, request: Request) -> Response:
        plane = self._plane()
        invocation = parse_invocation(await request.body())
        plane.faults.refuse("invoke", invocation.name or "")
        deployment = request.headers.get(_DEPLOYMENT_HEADER, "")
        job = plane.invoke(request.path_params["endpoint"], deployment, invocation)
        plane.faults.lose_answer(job.name)
        return JSONResponse(self._bodies(request).job(job), HTTPStatus.CREATED)

    async def _cancel(self, request: Request) -> Response:
        job = self._plane().cancel(request.path_params["job"])
        return _cancellation(request, ended=job.ended)

    async def _get_cancellation(self, request: Request) -> Response:
        job = self._plane().store.get(request.path_params["job"])
        return _cancellation(request, ended=job.ended)

    async def _get_run_details(self, request: Request) -> Response:
        name = request.path_params["job"]
        parent = parent_of(name)
        job = self._plane().store.get(parent or name)
        return JSONResponse(self._bodies(request).run_details(job, child=parent is not None))

    async def _list_children(self, request: Request) -> Response:
        name = request.path_params["job"]
        if parent_of(name):
            return JSONResponse(page([]))
        job = self._plane().store.get(name)
        return JSONResponse(page([self._bodies(request).child_run(job)]))

    async def _get_log(self, request: Request) -> Response:
        name, path = request.path_params["job"], request.path_params["path"]
        text = self._plane().logs.read(name, path, request.query_params.get("sig", ""))
        if text is None:
            raise AzureError(403, "AuthenticationFailed", f"the signature of {path} is not valid")
        return PlainTextResponse(text)


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
