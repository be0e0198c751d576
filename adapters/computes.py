"""Azure ML's clusters of nodes (AmlCompute), through azure-ai-ml and by identity."""

from __future__ import annotations

from functools import cache
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from adapters.azure_errors import mapped
from adapters.credentials import credential
from adapters.ml_workspace import MlWorkspace, text_of, workspace_of
from adapters.settings import Settings
from domain.clusters import Cluster
from domain.errors import EndpointError

ROLE = "AzureML Compute Operator or Contributor"
SETTLED = frozenset({"", "succeeded", "failed", "canceled"})
WAIT_S = 60.0
"""How long to wait until a change is done; the next look finds what came of a longer one."""


class Computes(MlWorkspace):
    """The clusters of one workspace. Raises EndpointError or TransientError only."""

    def find(self, name: str) -> Cluster | None:
        """The cluster; None if there is none, or if it is no cluster that scales."""
        compute = self._find(name)
        return None if compute is None else _cluster(compute)

    def scale(self, name: str, *, min_instances: int, idle_s: int) -> bool:
        """Sets how many nodes stay, and how long others may idle. Whether anything was written.

        Everything else that Azure ML knows of the cluster goes back as it came. A cluster that is
        set like this already, or is being changed, is left alone.
        """
        compute = self._find(name)
        if compute is None:
            raise EndpointError(f"Azure ML: there is no cluster {name!r} that scales")
        known = _cluster(compute)
        if known.is_busy or (known.min_instances, known.idle_s) == (min_instances, idle_s):
            return False
        compute.min_instances = min_instances
        compute.idle_time_before_scale_down = idle_s
        with mapped("Azure ML", f"scaling cluster {name!r}", EndpointError, ROLE):
            self._client.compute.begin_create_or_update(compute).wait(WAIT_S)
        return True

    def _find(self, name: str) -> Any | None:
        try:
            with mapped("Azure ML", f"cluster {name!r}", EndpointError, ROLE):
                compute = self._client.compute.get(name)
        except EndpointError as error:
            if isinstance(error.__cause__, ResourceNotFoundError):
                return None
            raise
        return compute if str(compute.type).lower() == "amlcompute" else None


@cache
def computes(settings: Settings) -> Computes:
    """The clusters of the app's workspace; the client is shared by the process."""
    return Computes(workspace_of(settings), credential())


def _cluster(compute: Any) -> Cluster:
    """What azure-ai-ml's entity tells; times come as floats, and may be missing."""
    return Cluster(
        name=str(compute.name),
        min_instances=int(compute.min_instances or 0),
        max_instances=int(compute.max_instances or 0),
        idle_s=int(compute.idle_time_before_scale_down or 0),
        low_priority=text_of(compute.tier).replace("_", "").lower() == "lowpriority",
        is_busy=text_of(compute.provisioning_state).lower() not in SETTLED,
    )
