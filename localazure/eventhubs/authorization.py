"""Who may send and receive: whoever shows a token for Event Hubs."""

from starlette.requests import HTTPConnection

from localazure.cloud.errors import AzureError
from localazure.identity.tokens import require_bearer

AUDIENCE = "https://eventhubs.azure.net"


def authorize(connection: HTTPConnection) -> None:
    """Let a request pass that has a bearer token of the local identity.

    Raises:
        AzureError: 401, otherwise; a shared access signature is named as what is not imitated.
    """
    scheme = connection.headers.get("authorization", "").partition(" ")[0]
    if scheme.lower() == "sharedaccesssignature":
        raise AzureError(
            401,
            "SharedAccessSignatureNotImitated",
            "shared access signatures are not imitated by the local cloud: use a bearer token for "
            f"{AUDIENCE}",
        )
    require_bearer(connection, (AUDIENCE,))
