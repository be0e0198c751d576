"""No error of a library crosses an adapter: every class that Azure's core has is mapped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any

import azure.core.exceptions
import azure.identity
import pytest
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from adapters import batch_endpoint
from adapters.lake import Lake
from domain.errors import EndpointError, LakeError, RefusedError, TransientError, WindrowError

STATUSES = (200, 206, 400, 401, 403, 404, 405, 408, 409, 412, 416, 429, 500, 501, 502, 503, 504)
MAY_PASS = (200, 206, 408, 429, 500, 502, 503, 504)
Mapped = Callable[[str], AbstractContextManager[None]]


class _NoToken:
    def get_token(self, *scopes: str, **_: Any) -> Any:
        raise NotImplementedError


LAKE = Lake("https://127.0.0.1:1/account", "lake", _NoToken())
ADAPTERS: dict[str, tuple[Mapped, type[RefusedError]]] = {
    "lake": (LAKE._mapped, LakeError),
    "Azure ML": (batch_endpoint._mapped, EndpointError),
}
every_adapter = pytest.mark.parametrize("adapter", ADAPTERS)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:marshmallow")


def _error_classes() -> Iterator[type[Exception]]:
    for module in (azure.core.exceptions, azure.identity):
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, Exception):
                yield found


def _made(kind: type[Exception], response: object = None) -> Exception:
    error = kind.__new__(kind)
    Exception.__init__(error, "first line\nsecond line")
    if isinstance(error, HttpResponseError):
        error.response = response
        error.status_code = getattr(response, "status_code", None)
        error.message = "first line"
        error.exc_msg = error._error_format = ""
    elif isinstance(error, AzureError):
        error.message = "first line"
    return error


@every_adapter
@pytest.mark.parametrize("kind", list(dict.fromkeys(_error_classes())), ids=lambda k: k.__name__)
def test_every_class_of_error_is_mapped(adapter: str, kind: type[Exception]) -> None:
    """Whatever azure-core or azure-identity raise becomes an error of Windrow, cause attached."""
    mapped, _ = ADAPTERS[adapter]
    error = _made(kind)
    with pytest.raises(WindrowError) as raised, mapped("do it"):
        raise error
    assert raised.value.__cause__ is error
    assert "second line" not in str(raised.value)


@every_adapter
@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_a_refusal_or_worth_a_retry(adapter: str, status: int) -> None:
    """Being busy, slow or broken, or an answer that broke off, may pass; a refusal will not."""
    mapped, refusal = ADAPTERS[adapter]
    expected = TransientError if status in MAY_PASS else refusal
    with pytest.raises(expected), mapped("do it"):
        raise _made(HttpResponseError, SimpleNamespace(status_code=status))


@every_adapter
@pytest.mark.parametrize("kind", [ConnectionError, TimeoutError, BrokenPipeError, OSError])
def test_errors_of_the_network_are_worth_a_retry(adapter: str, kind: type[OSError]) -> None:
    """What the operating system says about a connection may pass."""
    mapped, _ = ADAPTERS[adapter]
    with pytest.raises(TransientError), mapped("do it"):
        raise kind("gone")


@every_adapter
def test_a_refused_token_names_the_role(adapter: str) -> None:
    """A service that refuses the identity is told apart from an identity that does not answer."""
    mapped, refusal = ADAPTERS[adapter]
    with pytest.raises(refusal, match="needs the role"), mapped("do it"):
        raise _made(ClientAuthenticationError, SimpleNamespace(status_code=401))
    with pytest.raises(TransientError, match=r"^identity: "), mapped("do it"):
        raise _made(ClientAuthenticationError)


@every_adapter
def test_errors_of_windrow_pass_unchanged(adapter: str) -> None:
    """What is one of ours already stays what it is."""
    mapped, _ = ADAPTERS[adapter]
    error = RefusedError("ours")
    with pytest.raises(RefusedError) as raised, mapped("do it"):
        raise error
    assert raised.value is error
