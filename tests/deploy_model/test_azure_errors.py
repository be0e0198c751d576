"""What the SDKs' errors say to the person at the terminal."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
)

from deploy_model.azure_errors import mapped
from deploy_model.errors import DeployError, NotThereError

FORBIDDEN = cast(Any, SimpleNamespace(status_code=403, reason="Forbidden", headers={}))


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (ResourceNotFoundError("no such"), NotThereError, "Azure ML: model fleet:1: no such"),
        (
            HttpResponseError("(AuthorizationFailed) secret", response=FORBIDDEN),
            DeployError,
            "access denied; you need the role AzureML Data Scientist",
        ),
        (
            ClientAuthenticationError("nobody\nknows you"),
            DeployError,
            "no token for Azure ML: nobody knows you .locally: `make up`",
        ),
        (
            HttpResponseError("(UserError) two words\nCode: UserError\nMessage: two words"),
            DeployError,
            r"model fleet:1: \(UserError\) two words$",
        ),
        (ServiceRequestError("refused"), DeployError, "Azure ML: model fleet:1: refused"),
        (AzureError(""), DeployError, "model fleet:1: AzureError"),
        (TimeoutError("timed out"), DeployError, "model fleet:1: timed out"),
    ],
)
def test_every_error_is_one_line(error: Exception, kind: type[DeployError], message: str) -> None:
    """It names the service and what was being done; a refusal names the role."""
    with pytest.raises(kind, match=message) as told, mapped("Azure ML", "model fleet:1"):
        raise error
    assert "\n" not in str(told.value)
