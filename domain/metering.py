"""What a run used of its cluster, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.messages import Metered

HOUR_S = 3600


@dataclass(frozen=True)
class JobUse:
    """One attempt: the nodes that it had, if that was noted, and from when to when."""

    instances: int | None
    running_at: datetime | None
    ended_at: datetime | None

    def node_seconds(self, now: datetime) -> float:
        """Nodes times seconds; until now if it has not ended, nothing if it never ran."""
        if self.running_at is None:
            return 0.0
        lasted = ((self.ended_at or now) - self.running_at).total_seconds()
        return (self.instances or 1) * max(0.0, lasted)


@dataclass(frozen=True)
class Price:
    """What a node costs in an hour; `kind` says which of the prices it is."""

    per_node_hour: float
    currency: str
    kind: str = "dedicated"


def meter(uses: Sequence[JobUse], price: Price | None, now: datetime) -> Metered:
    """What all attempts of a run used; failed ones cost as much as others."""
    node_seconds = round(sum(use.node_seconds(now) for use in uses), 3)
    jobs = "1 job" if len(uses) == 1 else f"{len(uses)} jobs"
    told = f"{jobs} used {node_seconds / HOUR_S:.4g} node hours"
    unknown = sum(1 for use in uses if use.instances is None and use.running_at)
    if unknown:
        told += f" ({unknown} of them counted as one node each: nobody noted how many they had)"
    unended = sum(1 for use in uses if use.running_at and not use.ended_at)
    if unended:
        told += f" ({unended} of them have not ended)"
    cost = None
    if price is None:
        told += "; no price is set (COMPUTE_PRICE_PER_NODE_HOUR)"
    else:
        cost = round(node_seconds / HOUR_S * price.per_node_hour, 6)
        told += f" at {price.per_node_hour:g} {price.currency} ({price.kind})"
    return Metered(
        jobs=len(uses),
        node_seconds=node_seconds,
        cost=cost,
        currency=price.currency if price else None,
        why=told,
    )
