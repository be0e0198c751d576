"""The REST calls that azure-ai-ml makes, routed by path; any api-version is taken.

Nothing is decided here: requests are checked and read, ``plane`` acts, ``responses`` shapes.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localazure.config import MachineLearning
from localazure.fidelity import simplified
from localazure.mlbatch.compute_routes import ComputeRoutes
from localazure.mlbatch.datastores import default_datastore
from localazure.mlbatch.errors import NotFoundError
from localazure.mlbatch.guards import WORKSPACE, Guard, Handler, base_url
from localazure.mlbatch.job_routes import JobRoutes
from localazure.mlbatch.operator_routes import OperatorRoutes
from localazure.mlbatch.plane import Plane
from localazure.mlbatch.registry.registry import Registry
from localazure.mlbatch.registry.routes import RegistryRoutes
from localazure.mlbatch.responses import page
from localazure.stated_route import StatedRoute

_WORKSPACES = simplified("one workspace, with the datastores of localazure.yml")


class Routes:
    """The handlers; ``plane`` and ``account_url`` become known when the service starts."""

    def __init__(
        self,
        config: MachineLearning,
        plane: Callable[[], Plane],
        registry: Callable[[], Registry],
    ) -> None:
        self._config = config
        self._guard = Guard(config)
        self._plane = plane
        self._registry = registry
        self.account_url = ""

    def routes(self) -> list[Route]:
        """Return all routes."""
        arm: dict[str, Handler] = {
            WORKSPACE: self._get_workspace,
            WORKSPACE + "/datastores": self._list_datastores,
            WORKSPACE + "/datastores/{datastore}": self._get_datastore,
        }
        return [
            *(
                StatedRoute(path, self._guard.management(handler), _WORKSPACES)
                for path, handler in arm.items()
            ),
            StatedRoute("/mlbatch/discovery", self._discover, simplified("of one workspace")),
            *ComputeRoutes(self._guard, self._plane).routes(),
            *JobRoutes(self._guard, self._plane).routes(),
            *RegistryRoutes(self._guard, self._registry).routes(),
            *OperatorRoutes(self._guard, self._plane).routes(),
        ]

    async def _discover(self, request: Request) -> Response:
        base = base_url(request)
        return JSONResponse({"api": base, "history": base})

    async def _get_workspace(self, request: Request) -> Response:
        return JSONResponse(self._guard.bodies(request).workspace())

    async def _list_datastores(self, request: Request) -> Response:
        bodies = self._guard.bodies(request)
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
        bodies = self._guard.bodies(request)
        return JSONResponse(bodies.datastore(name, container, self.account_url))
