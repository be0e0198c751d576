"""The calls about computes, and about the nodes that they have at this moment."""

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localazure.fidelity import simplified
from localazure.mlbatch.compute_bodies import compute_body, node_body, parse_compute
from localazure.mlbatch.computes import Compute
from localazure.mlbatch.guards import WORKSPACE, Guard
from localazure.mlbatch.plane import Plane
from localazure.mlbatch.responses import Body, page
from localazure.stated_route import StatedRoute

_PATH = f"{WORKSPACE}/computes/{{compute}}"

_CLUSTERS = simplified("AmlCompute alone; its nodes are processes of this machine")


class ComputeRoutes:
    """The handlers; ``plane`` becomes known when the service starts."""

    def __init__(self, guard: Guard, plane: Callable[[], Plane]) -> None:
        self._guard = guard
        self._plane = plane

    def routes(self) -> list[Route]:
        """Return the routes."""
        guard = self._guard.management
        return [
            StatedRoute(WORKSPACE + "/computes", guard(self._list), _CLUSTERS),
            StatedRoute(_PATH, guard(self._get), _CLUSTERS),
            StatedRoute(_PATH, guard(self._put), _CLUSTERS, methods=["PUT"]),
            StatedRoute(_PATH, guard(self._delete), _CLUSTERS, methods=["DELETE"]),
            StatedRoute(_PATH + "/listNodes", guard(self._list_nodes), _CLUSTERS, methods=["POST"]),
        ]

    async def _list(self, request: Request) -> Response:
        plane = self._plane()
        return JSONResponse(page(self._body(request, item) for item in plane.computes.all()))

    async def _get(self, request: Request) -> Response:
        compute = self._plane().computes.get(request.path_params["compute"])
        return JSONResponse(self._body(request, compute))

    async def _put(self, request: Request) -> Response:
        plane = self._plane()
        compute = parse_compute(request.path_params["compute"], await request.body())
        is_new = compute.name not in {item.name for item in plane.computes.all()}
        plane.put_compute(compute)
        status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
        return JSONResponse(self._body(request, compute), status)

    async def _delete(self, request: Request) -> Response:
        self._plane().delete_compute(request.path_params["compute"])
        return Response(status_code=HTTPStatus.OK)

    async def _list_nodes(self, request: Request) -> Response:
        plane = self._plane()
        compute = plane.computes.get(request.path_params["compute"])
        nodes = plane.scheduler.fleet.cluster(compute.name).nodes
        return JSONResponse({"nodes": [node_body(node) for node in nodes]})

    def _body(self, request: Request, compute: Compute) -> Body:
        cluster = self._plane().scheduler.fleet.cluster(compute.name)
        return compute_body(self._guard.bodies(request), compute, cluster)
