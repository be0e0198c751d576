"""Issuing and checking access tokens."""

from collections.abc import Callable, Mapping

import jwt
import pytest
from starlette.requests import Request

from localazure.cloud.errors import AzureError
from localazure.identity.tokens import TokenIssuer, require_bearer

ISSUER = TokenIssuer(key="k" * 32, lifetime_s=60)
EXPIRED = TokenIssuer(key="k" * 32, lifetime_s=-1)


def _request(headers: Mapping[str, str]) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw})


def _bearer(token: str) -> Request:
    return _request({"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("audience", ["https://ml.azure.com", "https://ml.azure.com/"])
def test_a_token_for_the_audience_is_accepted(audience: str) -> None:
    """A token passes if it is for one of the audiences, with or without a slash at the end."""
    token = ISSUER.issue("https://ml.azure.com").token
    claims = require_bearer(_bearer(token), {audience, "https://other"})
    assert claims["aud"] == "https://ml.azure.com"
    assert claims["iss"].startswith("https://sts.windows.net/")


def test_the_identity_that_was_asked_for_is_in_the_token() -> None:
    """A user-assigned identity appears as the token's application id."""
    claims = require_bearer(_bearer(ISSUER.issue("a", "client-1").token), ["a"])
    assert claims["appid"] == "client-1"


@pytest.mark.parametrize(
    ("headers", "code", "reason"),
    [
        (dict, "AuthenticationFailed", "needs a bearer token"),
        (lambda: {"Authorization": "Basic abc"}, "AuthenticationFailed", "needs a bearer token"),
        (lambda: {"Authorization": "Bearer"}, "AuthenticationFailed", "needs a bearer token"),
        (lambda: {"Authorization": "Bearer no.jwt"}, "InvalidAuthenticationToken", "is refused"),
        (
            lambda: {"Authorization": f"Bearer {EXPIRED.issue('a').token}"},
            "InvalidAuthenticationToken",
            "expired",
        ),
        (
            lambda: {"Authorization": f"Bearer {jwt.encode({'aud': 'a'}, 'k' * 32)}"},
            "InvalidAuthenticationToken",
            "exp",
        ),
        (
            lambda: {"Authorization": f"Bearer {ISSUER.issue('b').token}"},
            "InvalidAuthenticationTokenAudience",
            "must be one of a; got b",
        ),
    ],
)
def test_other_requests_are_unauthorized(
    headers: Callable[[], Mapping[str, str]], code: str, reason: str
) -> None:
    """A missing, damaged, expired or foreign token is refused with 401 and a challenge."""
    with pytest.raises(AzureError) as caught:
        require_bearer(_request(headers()), ["a"])
    assert (caught.value.status_code, caught.value.code) == (401, code)
    assert reason in caught.value.detail
    assert (caught.value.headers or {})["WWW-Authenticate"].startswith("Bearer ")
