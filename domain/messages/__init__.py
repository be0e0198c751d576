"""What crosses the boundary between triggers, orchestrators and activities: small, exact JSON.

Every message turns into a plain dict with `to_json` and back with `from_json`; a test walks them
all. None of them grows with the data: rows stay in the lake, and messages tell names and counts.
"""

from __future__ import annotations

from domain.messages.base import Message
from domain.messages.chunks import (
    ChunkOrder,
    ChunkResult,
    Plan,
    PlanOrder,
    Policy,
    SegmentOrder,
    SegmentResult,
    Sized,
    SizeOrder,
    Watch,
)
from domain.messages.intervals import (
    BurstOrder,
    BurstResult,
    Compacted,
    IntervalLook,
    IntervalOrder,
    Landing,
)
from domain.messages.jobs import Failure, JobLook, JobOrder, Submitted, Upserted
from domain.messages.proof import (
    Measured,
    Metered,
    Reconciled,
    ReconcileOrder,
    Removed,
    StoredCounts,
)
from domain.messages.runs import NEWEST_STORY, Run, RunRecord, RunRequest
from domain.messages.scaling import Moment, Scaled, ScaleOrder
from domain.messages.windows import Listing, Prepared, SliceOrder, SliceResult

__all__ = [
    "NEWEST_STORY",
    "BurstOrder",
    "BurstResult",
    "ChunkOrder",
    "ChunkResult",
    "Compacted",
    "Failure",
    "IntervalLook",
    "IntervalOrder",
    "JobLook",
    "JobOrder",
    "Landing",
    "Listing",
    "Measured",
    "Message",
    "Metered",
    "Moment",
    "Plan",
    "PlanOrder",
    "Policy",
    "Prepared",
    "ReconcileOrder",
    "Reconciled",
    "Removed",
    "Run",
    "RunRecord",
    "RunRequest",
    "ScaleOrder",
    "Scaled",
    "SegmentOrder",
    "SegmentResult",
    "SizeOrder",
    "Sized",
    "SliceOrder",
    "SliceResult",
    "StoredCounts",
    "Submitted",
    "Upserted",
    "Watch",
]
