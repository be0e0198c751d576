"""Who plays when an interval of a stream is collected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import names
from domain.messages import BurstOrder, Compacted, IntervalLook, RunRequest
from domain.requests import run_request
from tests.orchestrators.replaying import BEGAN, Json, Raised, Takes
from tests.orchestrators.scenes import SPAN, always, answer, in_turn, pipeline

CLOSES_S = 600


def order(**changed: Any) -> BurstOrder:
    """An interval that closes ten minutes after the first batch."""
    closes_at = BEGAN + timedelta(seconds=CLOSES_S)
    known = {
        "pipeline": "fleet",
        "interval": "2026-01-02T01-40-00Z",
        "closes_at": closes_at,
        "latest_at": closes_at + timedelta(minutes=15),
        "quiet_s": 5,
    }
    return BurstOrder(**{**known, **changed})


def look(events: int, new: int = 0, revision: int = 1) -> Json:
    """What lies there; with new events, the run to make."""
    request: RunRequest | None = None
    if new:
        request = run_request(pipeline(), SPAN, revision=revision, trigger="burst")
    return answer(IntervalLook(events=events, new_events=new, request=request))


def burst_world(*looks: Json, run: Any = None) -> Any:
    """What the interval meets: looks one after the other, and runs of a minute."""
    return {
        names.LOOK_AT_INTERVAL: in_turn(*looks),
        names.RUN_PIPELINE: run or always(Takes(60, {})),
        names.COMPACT_INTERVAL: always(answer(Compacted(files=9))),
    }


def landings(*seconds: float, events: int = 10) -> list[Raised]:
    """Batches that land after so many seconds."""
    return [Raised(second, names.LANDED, {"events": events}) for second in seconds]
