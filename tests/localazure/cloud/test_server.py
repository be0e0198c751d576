"""What the cloud's application answers apart from its services."""

from collections.abc import Mapping, Sequence

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from localazure.cloud.errors import AzureError
from localazure.cloud.server import build_app
from tests.support.asgi import ask


class _Broken:
    """A service whose only route fails in the way that the path says."""

    name = "broken"

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/broken/{how}", self._answer)]

    async def start(self, environment: Mapping[str, str]) -> None: ...

    async def stop(self) -> None: ...

    async def _answer(self, request: Request) -> JSONResponse:
        if request.path_params["how"] == "known":
            raise AzureError(409, "Conflict", "already there", {"Retry-After": "1"})
        raise KeyError("bug")


@pytest.fixture
def app() -> Starlette:
    """The application with one service that only fails."""
    return build_app([_Broken()])


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_what_is_not_imitated_answers_501(app: Starlette, method: str) -> None:
    """A call that no service knows is named in a 501, whatever its method."""
    answer = ask(app, method, "/subscriptions/1/unknown?api-version=2")
    assert answer.status_code == 501
    error = answer.json()["error"]
    assert error["code"] == "NotImitated"
    assert f"{method} /subscriptions/1/unknown" in error["message"]


def test_a_known_path_with_another_method_answers_501(app: Starlette) -> None:
    """A method that a known path does not imitate is as unknown as a path."""
    assert ask(app, "DELETE", "/broken/known").status_code == 501


def test_errors_have_azures_shape(app: Starlette) -> None:
    """A service's error arrives with its status, code, message and headers."""
    answer = ask(app, "GET", "/broken/known")
    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "1")
    assert answer.json() == {"error": {"code": "Conflict", "message": "already there"}}


def test_a_bug_is_an_internal_error_with_a_reason(app: Starlette) -> None:
    """An unforeseen exception answers 500 as JSON and says what it was."""
    answer = ask(app, "GET", "/broken/bug")
    assert answer.status_code == 500
    assert "KeyError" in answer.json()["error"]["message"]
