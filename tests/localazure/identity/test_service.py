"""The managed-identity endpoint, without a server around it."""

import time
from collections.abc import Mapping

import jwt
import pytest
from starlette.applications import Starlette

from localazure.cloud.server import build_app
from localazure.identity.service import IdentityService
from tests.support.asgi import ask

HEADER = {"X-IDENTITY-HEADER": "s3cret"}
QUERY = {"api-version": "2019-08-01", "resource": "https://storage.azure.com"}


@pytest.fixture
def app() -> Starlette:
    """An identity service whose tokens live for 100 s."""
    return build_app([IdentityService("s3cret", token_lifetime_s=100)])


def test_a_token_is_issued_for_any_resource(app: Starlette) -> None:
    """The answer has App Service's four fields, and the token's audience is the resource."""
    answer = ask(app, "GET", "/msi/token", params=QUERY, headers=HEADER).json()
    assert answer["resource"] == QUERY["resource"]
    assert answer["token_type"] == "Bearer"
    assert abs(int(answer["expires_on"]) - time.time() - 100) < 5
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims["aud"] == QUERY["resource"]
    assert claims["exp"] == int(answer["expires_on"])


@pytest.mark.parametrize("headers", [{}, {"X-IDENTITY-HEADER": "x"}, {"Metadata": "true"}])
def test_the_secret_must_be_shown(app: Starlette, headers: Mapping[str, str]) -> None:
    """Whoever does not know the secret of the state folder gets 401 and no token."""
    answer = ask(app, "GET", "/msi/token", params=QUERY, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["statusCode"] == 401


@pytest.mark.parametrize(
    "query", [{"resource": "r"}, {"api-version": "2019-08-01"}, {**QUERY, "surprise": "1"}]
)
def test_a_wrong_query_is_refused(app: Starlette, query: Mapping[str, str]) -> None:
    """Missing and unknown parameters are errors, as in Azure."""
    assert ask(app, "GET", "/msi/token", params=query, headers=HEADER).status_code == 400
