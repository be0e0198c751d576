"""Scaling the cluster that a pipeline's jobs run on."""

from __future__ import annotations

from enum import StrEnum

from domain.messages.base import Message
from domain.messages.runs import Run


class Moment(StrEnum):
    """When `scale_compute` looks at a cluster."""

    RUN_BEGINS = "run begins"
    RUN_ENDS = "run ends"
    TICK = "tick"


class ScaleOrder(Message):
    """Whose cluster to look at, and why now; `run` is None for a tick of the clock."""

    pipeline: str
    moment: Moment
    run: Run | None = None


class Scaled(Message):
    """What the cost policy decided; `changed` if the cluster's settings were changed."""

    changed: bool
    min_instances: int | None = None
    idle_s: int | None = None
    why: str
