"""The REST calls about models, code, environments, endpoints and deployments, routed by path.

Every change is done when it is answered, so that the SDK's pollers end at once.
"""

import uuid
from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localazure.fidelity import simplified
from localazure.mlbatch.errors import InvalidRequestError
from localazure.mlbatch.guards import WORKSPACE, Guard, Handler
from localazure.mlbatch.registry import bodies
from localazure.mlbatch.registry.ids import KINDS, Kind, asset_key
from localazure.mlbatch.registry.registry import Registry
from localazure.mlbatch.registry.store import Asset
from localazure.mlbatch.registry.uploads import upload_to
from localazure.mlbatch.responses import page
from localazure.stated_route import StatedRoute

_ENDPOINTS = WORKSPACE + "/batchEndpoints"
_ENDPOINT = _ENDPOINTS + "/{endpoint}"
_DEPLOYMENTS = _ENDPOINT + "/deployments"
_DEPLOYMENT = _DEPLOYMENTS + "/{deployment}"
_CODE_FOLDERS = "azureml/codes"
_PAGE_SIZE = 100
_VIEWS = {"activeonly": False, "archivedonly": True, "all": None}

_ASSETS = simplified("what azure-ai-ml sends and reads for batch endpoints")


class RegistryRoutes:
    """The handlers; ``registry`` answers once the service has started."""

    def __init__(self, guard: Guard, registry: Callable[[], Registry]) -> None:
        self._guard = guard
        self._registry = registry

    def routes(self) -> list[Route]:
        """Return all routes."""
        calls: list[tuple[str, str, Handler]] = [
            ("GET", _ENDPOINTS, self._list_endpoints),
            ("GET", _ENDPOINT, self._get_endpoint),
            ("PUT", _ENDPOINT, self._put_endpoint),
            ("DELETE", _ENDPOINT, self._delete_endpoint),
            ("GET", _DEPLOYMENTS, self._list_deployments),
            ("GET", _DEPLOYMENT, self._get_deployment),
            ("PUT", _DEPLOYMENT, self._put_deployment),
            ("DELETE", _DEPLOYMENT, self._delete_deployment),
        ]
        for kind in KINDS:
            calls += self._asset_calls(kind)
        version = f"{WORKSPACE}/codes/{{name}}/versions/{{version}}"
        calls.append(("POST", f"{version}/startPendingUpload", self._start_upload))
        return [
            StatedRoute(path, self._guard.management(handler), _ASSETS, methods=[method])
            for method, path, handler in calls
        ]

    def _asset_calls(self, kind: Kind) -> list[tuple[str, str, Handler]]:
        async def names(request: Request) -> Response:
            workspace = self._guard.bodies(request)
            found = self._registry().store.names(kind)
            return _page(request, [bodies.asset_name_body(workspace, item) for item in found])

        async def name(request: Request) -> Response:
            found = self._registry().assets.named(kind, request.path_params["name"])
            return JSONResponse(bodies.asset_name_body(self._guard.bodies(request), found))

        async def versions(request: Request) -> Response:
            found = self._versions(kind, request)
            return _page(request, [self._asset(request, item) for item in found])

        async def get(request: Request) -> Response:
            key = asset_key(kind, request.path_params["name"], request.path_params["version"])
            return JSONResponse(self._asset(request, self._registry().assets.get(key)))

        async def put(request: Request) -> Response:
            key = asset_key(kind, request.path_params["name"], request.path_params["version"])
            asset = self._registry().assets.put(key, await request.body())
            return JSONResponse(self._asset(request, asset), HTTPStatus.CREATED)

        path = f"{WORKSPACE}/{kind}"
        return [
            ("GET", path, names),
            ("GET", path + "/{name}", name),
            ("GET", path + "/{name}/versions", versions),
            ("GET", path + "/{name}/versions/{version}", get),
            ("PUT", path + "/{name}/versions/{version}", put),
        ]

    def _versions(self, kind: Kind, request: Request) -> list[Asset]:
        store, query = self._registry().store, request.query_params
        if content_hash := query.get("hash"):
            # Azure finds code by its content under every name: anonymous code has a new one each
            # time.
            return store.by_hash(kind, content_hash, query.get("hashVersion", ""))
        view = query.get("listViewType", "ActiveOnly")
        if view.lower() not in _VIEWS:
            raise InvalidRequestError(
                [f"`listViewType`: must be ActiveOnly, ArchivedOnly or All; got {view!r}"]
            )
        found = store.versions(
            kind,
            request.path_params["name"],
            oldest_first="asc" in query.get("$orderBy", "").lower().split(),
            archived=_VIEWS[view.lower()],
        )
        stage = query.get("stage")
        return [item for item in found if stage in (None, item.properties.get("stage"))]

    def _asset(self, request: Request, asset: Asset) -> dict[str, object]:
        account_url = self._registry().resolver.account_url
        return bodies.asset_body(self._guard.bodies(request), asset, account_url)

    async def _start_upload(self, request: Request) -> Response:
        key = asset_key("codes", request.path_params["name"], request.path_params["version"])
        resolver = self._registry().resolver
        container = resolver.containers.get(resolver.default_datastore)
        if container is None:
            raise InvalidRequestError(["the workspace has no datastore to upload to"])
        upload_id = str(uuid.uuid4())
        folder = f"{_CODE_FOLDERS}/{key.name}/{key.version}/{upload_id}"
        upload = upload_to(resolver.account_url, container, folder)
        return JSONResponse(bodies.upload_body(upload, upload_id))

    async def _list_endpoints(self, request: Request) -> Response:
        workspace = self._guard.bodies(request)
        found = self._registry().catalog.endpoints()
        return JSONResponse(page(bodies.endpoint_body(workspace, item) for item in found))

    async def _get_endpoint(self, request: Request) -> Response:
        endpoint = self._registry().catalog.endpoint(request.path_params["endpoint"])
        return JSONResponse(bodies.endpoint_body(self._guard.bodies(request), endpoint))

    async def _put_endpoint(self, request: Request) -> Response:
        body, name = await request.body(), request.path_params["endpoint"]
        endpoint = self._registry().serving.put_endpoint(name, body)
        answer = bodies.endpoint_body(self._guard.bodies(request), endpoint)
        return JSONResponse(answer, HTTPStatus.CREATED)

    async def _delete_endpoint(self, request: Request) -> Response:
        return _deleted(self._registry().serving.delete_endpoint(request.path_params["endpoint"]))

    async def _list_deployments(self, request: Request) -> Response:
        catalog, workspace = self._registry().catalog, self._guard.bodies(request)
        found = catalog.deployments(catalog.endpoint(request.path_params["endpoint"]))
        return JSONResponse(page(bodies.deployment_body(workspace, item) for item in found))

    async def _get_deployment(self, request: Request) -> Response:
        catalog = self._registry().catalog
        endpoint = catalog.endpoint(request.path_params["endpoint"])
        deployment = catalog.deployment(endpoint, request.path_params["deployment"])
        return JSONResponse(bodies.deployment_body(self._guard.bodies(request), deployment))

    async def _put_deployment(self, request: Request) -> Response:
        body, path = await request.body(), request.path_params
        deployment = self._registry().serving.put_deployment(
            path["endpoint"], path["deployment"], body
        )
        answer = bodies.deployment_body(self._guard.bodies(request), deployment)
        return JSONResponse(answer, HTTPStatus.CREATED)

    async def _delete_deployment(self, request: Request) -> Response:
        path = request.path_params
        serving = self._registry().serving
        return _deleted(serving.delete_deployment(path["endpoint"], path["deployment"]))


def _deleted(existed: bool) -> Response:
    return Response(status_code=HTTPStatus.OK if existed else HTTPStatus.NO_CONTENT)


def _page(request: Request, found: list[dict[str, object]]) -> Response:
    """Answer a page of a list: ``$skip`` says where it begins, ``$top`` that no other follows."""
    skip = _number(request, "$skip", 0)
    top = _number(request, "$top", 0)
    end = skip + (top or _PAGE_SIZE)
    more = end < len(found) and not top
    link = str(request.url.include_query_params(**{"$skip": end})) if more else None
    return JSONResponse(page(found[skip:end], link))


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdigit():
        raise InvalidRequestError([f"`{name}` must be a number; got {text!r}"])
    return int(text)
