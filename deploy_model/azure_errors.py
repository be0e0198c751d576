"""What the errors of Azure's SDKs mean to the person at the terminal, in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)

from deploy_model.errors import DeployError, NotThereError
from deploy_model.one_line import one_line

ROLES = {"Azure ML": "AzureML Data Scientist", "the lake": "Storage Blob Data Contributor"}


@contextmanager
def mapped(service: str, what: str) -> Iterator[None]:
    """Turns the SDKs' errors into DeployError: the service, what was being done, and why not.

    `service` is one of ROLES.
    """
    try:
        yield
    except ResourceNotFoundError as error:
        raise NotThereError(f"{service}: {what}: {_reason(error)}") from error
    except ClientAuthenticationError as error:
        if error.response is None:
            raise DeployError(
                f"no token for {service}: {_reason(error)} (locally: `make up` must be running; in "
                "Azure: `az login`)"
            ) from error
        raise DeployError(_denied(service, what)) from error
    except HttpResponseError as error:
        if error.status_code == 403:
            raise DeployError(_denied(service, what)) from error
        raise DeployError(f"{service}: {what}: {_reason(error)}") from error
    except (AzureError, OSError) as error:
        raise DeployError(f"{service}: {what}: {_reason(error)}") from error


def _denied(service: str, what: str) -> str:
    return f"{service}: {what}: access denied; you need the role {ROLES[service]}"


def _reason(error: BaseException) -> str:
    """The message of the service's answer, without the SDK's repetition of it."""
    message = getattr(error, "message", None) or str(error) or type(error).__name__
    return one_line(str(message).strip().split("\nCode:")[0])
