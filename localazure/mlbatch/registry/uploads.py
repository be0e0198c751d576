"""Where azure-ai-ml may put the files of a code asset: a folder of its own, with a signed address.

Azure gives a container of its own and a SAS for it; here it is a folder in the container of the
default datastore, and the same kind of SAS. Azurite's account key is public, written in its manual:
it opens nothing but an Azurite. Signed by hand, since azure-storage-blob costs a second to import.
Source: "Create a service SAS", string to sign of version 2020-12-06 and later.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

_ACCOUNT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
_VERSION = "2021-12-02"
_PERMISSIONS = "racwl"  # read, add, create, write, list
_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True)
class Upload:
    """A place to upload to; ``sas_uri`` is ``blob_uri`` with a signature."""

    blob_uri: str
    sas_uri: str


def upload_to(account_url: str, container: str, folder: str) -> Upload:
    """Return an address below which files can be written for a day."""
    blob_uri = f"{account_url}/{container}/{folder}"
    return Upload(blob_uri, f"{blob_uri}?{_signature(account_url, container)}")


def _signature(account_url: str, container: str) -> str:
    account = account_url.rpartition("/")[2]
    expiry = (datetime.now(UTC) + _LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = {"sp": _PERMISSIONS, "se": expiry, "spr": "https", "sv": _VERSION, "sr": "c"}
    text = "\n".join(
        [
            *(_PERMISSIONS, "", expiry, f"/blob/{account}/{container}"),
            *("", "", "https", _VERSION, "c"),
            # Snapshot, encryption scope, and five headers of answers: none.
            *[""] * 7,
        ]
    )
    digest = hmac.new(base64.b64decode(_ACCOUNT_KEY), text.encode(), hashlib.sha256).digest()
    return urlencode({**fields, "sig": base64.b64encode(digest).decode()})
