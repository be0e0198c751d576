"""The cloud's description of itself, which azure-ai-ml reads through ARM_CLOUD_METADATA_URL.

Shape: Azure Resource Manager's ``/metadata/endpoints``, a list of clouds.
"""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute

from localazure.environment import CLOUD_NAME
from localazure.fidelity import simplified
from localazure.stated_route import StatedRoute


class MetadataService:
    """Answers that the one cloud is here, at the address the caller used."""

    name = "metadata"

    def routes(self) -> Sequence[BaseRoute]:
        """Return the one route."""
        return [
            StatedRoute(
                "/metadata",
                _describe_clouds,
                simplified("one cloud, with the fields that azure-ai-ml reads"),
            )
        ]

    async def start(self, environment: Mapping[str, str]) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""


async def _describe_clouds(request: Request) -> JSONResponse:
    base = str(request.base_url)
    cloud = {
        "name": CLOUD_NAME,
        # azure-ai-ml derives the audience of batch endpoints from the end of this name: with
        # Azure's own, it asks for a token for https://ml.azure.com, as it does in Azure.
        "portal": "https://portal.azure.com/",
        "resourceManager": base,
        "authentication": {"loginEndpoint": base, "audiences": [base.rstrip("/")]},
        "suffixes": {"storage": "local.test"},
    }
    return JSONResponse([cloud])
