"""The managed-identity endpoint of Azure Functions, as DefaultAzureCredential calls it.

``GET /msi/token?api-version=2019-08-01&resource=...`` with the header ``X-IDENTITY-HEADER``.
Protocol: "REST endpoint reference" in "How to use managed identities for App Service".
"""

import secrets
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute

from localazure.fidelity import simplified
from localazure.identity.tokens import TokenIssuer
from localazure.stated_route import StatedRoute

_PARAMETERS = {"api-version", "resource", "client_id", "mi_res_id", "principal_id", "object_id"}


class IdentityService:
    """Answers token requests from processes that know the secret of this state folder."""

    name = "identity"

    def __init__(self, secret: str, token_lifetime_s: int) -> None:
        self._secret = secret
        # The signing key is never checked, so it need not outlive this process.
        self._issuer = TokenIssuer(key=secrets.token_hex(32), lifetime_s=token_lifetime_s)

    def routes(self) -> Sequence[BaseRoute]:
        """Return the one route."""
        return [
            StatedRoute(
                "/msi/token",
                self._answer_token,
                simplified("App Service's managed identity; tokens are not signed by Entra ID"),
            )
        ]

    async def start(self, environment: Mapping[str, str]) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""

    def issue(self, resource: str) -> str:
        """Return a token for the local cloud's own use."""
        return self._issuer.issue(resource).token

    async def _answer_token(self, request: Request) -> JSONResponse:
        shown = request.headers.get("x-identity-header", "")
        if not secrets.compare_digest(shown.encode(), self._secret.encode()):
            return _refuse(401, "X-IDENTITY-HEADER does not hold the secret of this local cloud")
        query = request.query_params
        unknown = sorted(set(query) - _PARAMETERS)
        if unknown:
            return _refuse(400, f"parameters must be of {sorted(_PARAMETERS)}; got {unknown}")
        if not query.get("resource") or not query.get("api-version"):
            return _refuse(400, "api-version and resource must be given")
        token = self._issuer.issue(query["resource"], query.get("client_id"))
        return JSONResponse(
            {
                "access_token": token.token,
                # App Service answers this number as a string.
                "expires_on": str(token.expires_on),
                "resource": token.resource,
                "token_type": "Bearer",
            }
        )


def _refuse(status: int, message: str) -> JSONResponse:
    return JSONResponse({"statusCode": status, "message": message}, status)
