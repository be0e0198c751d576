"""What the errors of Azure's SDKs mean, in one place: worth another try, or a refusal.

Every service's adapter maps its calls with `mapped`, so that nothing of azure-core gets out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DeserializationError,
    HttpResponseError,
    ResourceNotFoundError,
    SerializationError,
)

from domain.errors import RefusedError, TransientError, first_line

TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
MAY_PASS = (AzureError, SerializationError, DeserializationError, OSError)


@contextmanager
def mapped(service: str, what: str, refusal: type[RefusedError], role: str) -> Iterator[None]:
    """Turns the SDKs' errors into TransientError or `refusal`, with the cause attached.

    Args:
        service: As a person calls it, such as `Azure ML`.
        what: What is being done, or to what.
        refusal: The error for what another try cannot mend; it is made from one sentence.
        role: The role that the app's identity needs there.
    """
    try:
        yield
    except ResourceNotFoundError as error:
        # The storage service tells by its code whether the container or the blob is not there.
        code = getattr(error, "error_code", None) or f"not found: {first_line(error)}"
        raise refusal(f"{service}: {what}: {code}") from error
    except ClientAuthenticationError as error:
        if error.response is None:  # no token came; the service was not even asked
            raise TransientError("identity", what, first_line(error)) from error
        raise refusal(_denied(service, what, role)) from error
    except HttpResponseError as error:
        if is_transient(error.status_code):
            raise TransientError(service, what, first_line(error)) from error
        if error.status_code == 403:
            raise refusal(_denied(service, what, role)) from error
        raise refusal(f"{service}: {what}: {first_line(error)}") from error
    except MAY_PASS as error:
        raise TransientError(service, what, first_line(error)) from error


def is_transient(status: int | None) -> bool:
    """Whether another try may help; also when the answer was good, but did not come through."""
    return status is None or status < 400 or status in TRANSIENT_STATUSES


def _denied(service: str, what: str, role: str) -> str:
    return f"{service}: {what}: access denied; the app's identity needs the role {role}"
