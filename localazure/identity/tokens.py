"""Access tokens: made for the managed identity, and checked by the services that receive them.

Both sides stand in one module because they are one format: the claims of an Entra ID v1 token. The
signature is not checked, here as in Azurite: the local cloud is reachable from this machine only,
and a token proves that the caller took the same path as in Azure, nothing more.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from starlette.requests import HTTPConnection

from localazure.cloud.errors import AzureError

TENANT_ID = "00000000-0000-0000-0000-00000000face"
_PRINCIPAL_ID = "00000000-0000-0000-0000-0000000000aa"
_CLIENT_ID = "00000000-0000-0000-0000-0000000000bb"
_ISSUER = f"https://sts.windows.net/{TENANT_ID}/"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed token; ``expires_on`` in seconds since 1970."""

    token: str
    expires_on: int
    resource: str


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """Issues tokens for any audience, as the managed identity of the app."""

    key: str
    lifetime_s: int

    def issue(self, resource: str, client_id: str | None = None) -> AccessToken:
        """Return a token for ``resource``, for the identity ``client_id`` or the system's own."""
        now = int(time.time())
        claims = {
            "aud": resource,
            "iss": _ISSUER,
            "iat": now,
            "nbf": now,
            "exp": now + self.lifetime_s,
            "appid": client_id or _CLIENT_ID,
            "idtyp": "app",
            "oid": _PRINCIPAL_ID,
            "sub": _PRINCIPAL_ID,
            "tid": TENANT_ID,
            "ver": "1.0",
        }
        token = jwt.encode(claims, self.key, algorithm="HS256")
        return AccessToken(token, claims_expiry(claims), resource)


def claims_expiry(claims: Mapping[str, Any]) -> int:
    """Return when a token with these claims ends, in seconds since 1970."""
    return int(claims["exp"])


def require_bearer(connection: HTTPConnection, audiences: Collection[str]) -> Mapping[str, Any]:
    """Return the claims of the request's bearer token.

    ``audiences`` are the resources that the service answers for; a slash at the end means nothing.

    Raises:
        AzureError: 401 with ``WWW-Authenticate``, if the token is missing, is not a token, is not
            for one of the audiences, or is not valid now.
    """
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _unauthorized("AuthenticationFailed", "the request needs a bearer token")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            options={
                "verify_signature": False,
                "verify_exp": True,
                "verify_nbf": True,
                "require": ["aud", "exp", "iss"],
            },
        )
    except jwt.PyJWTError as error:
        raise _unauthorized(
            "InvalidAuthenticationToken", f"the token is refused: {error}"
        ) from error
    audience = str(claims["aud"])
    if audience.rstrip("/") not in {allowed.rstrip("/") for allowed in audiences}:
        allowed = ", ".join(sorted(audiences))
        raise _unauthorized(
            "InvalidAuthenticationTokenAudience",
            f"the token's audience must be one of {allowed}; got {audience}",
        )
    return claims


def _unauthorized(code: str, message: str) -> AzureError:
    challenge = (
        f'Bearer authorization_uri="https://login.windows.net/{TENANT_ID}", '
        f'error="invalid_token", error_description="{message}"'
    )
    return AzureError(401, code, message, headers={"WWW-Authenticate": challenge})
