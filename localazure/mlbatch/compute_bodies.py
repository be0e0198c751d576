"""Computes on the wire: what a PUT says, and what is answered.

Shape: ``{"properties": {"computeType": "AmlCompute", "properties": {"scaleSettings": {...}}}}``,
as azure-ai-ml writes and reads it.
"""

import re
import time
from collections import Counter
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from localazure.mlbatch.cluster import Cluster, ClusterNode
from localazure.mlbatch.computes import DEFAULT_SIZE, Compute, ComputeName
from localazure.mlbatch.errors import InvalidRequestError
from localazure.mlbatch.problems import problems_of
from localazure.mlbatch.responses import Body, Workspace

_TIERS = {"dedicated": "Dedicated", "low_priority": "LowPriority"}
_DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")


def _seconds(value: object) -> object:
    """Read an ISO 8601 duration; leave all else to the field's own rule."""
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        return value
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _tier(value: object) -> object:
    return {wire.lower(): ours for ours, wire in _TIERS.items()}.get(str(value).lower(), value)


class _Wire(BaseModel):
    # What has no meaning here (networks, users, identities) is taken and not looked at.
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class _ScaleSettings(_Wire):
    min_node_count: int = Field(default=0, ge=0)
    max_node_count: int = Field(ge=0)
    node_idle_time_before_scale_down: Annotated[int | None, BeforeValidator(_seconds)] = None


class _Cluster(_Wire):
    vm_size: str = DEFAULT_SIZE
    vm_priority: Annotated[Literal["dedicated", "low_priority"], BeforeValidator(_tier)] = (
        "dedicated"
    )
    scale_settings: _ScaleSettings


class _Compute(_Wire):
    compute_type: Literal["AmlCompute", "amlcompute"]
    description: str | None = None
    properties: _Cluster


class _Named(_Wire):
    name: ComputeName


class _Body(_Wire):
    tags: dict[str, JsonValue] | None = None
    properties: _Compute


def parse_compute(name: str, body: bytes) -> Compute:
    """Read the body of a PUT; raise ``InvalidRequestError`` with what is wrong."""
    try:
        _Named(name=name)
        wire = _Body.model_validate_json(body or b"null")
    except ValidationError as error:
        raise InvalidRequestError(problems_of(error)) from error
    cluster = wire.properties.properties
    scale = cluster.scale_settings
    idle_s = scale.node_idle_time_before_scale_down
    stated = {} if idle_s is None else {"idle_time_before_scale_down": idle_s}
    try:
        return Compute(
            name=name,
            description=wire.properties.description,
            tags=wire.tags or {},
            size=cluster.vm_size,
            tier=cluster.vm_priority,
            min_instances=scale.min_node_count,
            max_instances=scale.max_node_count,
            **stated,
        )
    except ValidationError as error:
        raise InvalidRequestError(problems_of(error)) from error


def compute_body(workspace: Workspace, compute: Compute, cluster: Cluster) -> Body:
    """Return a compute with the nodes that it has at this moment."""
    now = time.time()
    states = Counter(node.state(now) for node in cluster.nodes)
    resizes = len(cluster.nodes) != cluster.target or states["preparing"]
    properties = {
        "computeType": "AmlCompute",
        "computeLocation": "local",
        "description": compute.description,
        "provisioningState": "Succeeded",
        "isAttachedCompute": False,
        "properties": {
            "osType": "Linux",
            "vmSize": compute.size,
            "vmPriority": _TIERS[compute.tier],
            "scaleSettings": {
                "minNodeCount": compute.min_instances,
                "maxNodeCount": compute.max_instances,
                "nodeIdleTimeBeforeScaleDown": f"PT{compute.idle_time_before_scale_down}S",
            },
            "allocationState": "Resizing" if resizes else "Steady",
            "currentNodeCount": len(cluster.nodes),
            "targetNodeCount": cluster.target,
            "nodeStateCounts": {
                f"{state}NodeCount": states[state]
                for state in ("idle", "running", "preparing", "unusable", "leaving", "preempted")
            },
        },
    }
    body = workspace.child("computes", compute.name, properties, tags=compute.tags)
    return {**body, "location": "local"}


def node_body(node: ClusterNode) -> Body:
    """Return a node, with the job that it has."""
    return {
        "nodeId": f"tvmps_{node.number:08x}",
        "nodeState": node.state(time.time()),
        "runId": node.job,
    }
