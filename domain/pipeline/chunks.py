"""How windows are cut for scoring, and how many pieces may fail."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from domain.pipeline.base import Section


def _count_or_percent(value: object) -> object:
    if isinstance(value, str):
        fits = re.fullmatch(r"(100|[0-9]{1,2})%", value) is not None
    else:
        fits = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if not fits:
        raise ValueError("must be a count such as 3, or a percentage such as 5%")
    return value


class Chunks(Section):
    """Sizes and limits of the scoring stage."""

    rows_per_part: int = Field(50_000, ge=1, description="Windows per file: Azure ML's unit.")
    parts_per_chunk: int = Field(8, ge=1, le=1000, description="Files per batch job.")
    chunks_in_flight: int = Field(8, ge=1, le=500, description="Jobs of one run at a time.")
    segment_size: int = Field(
        50, ge=1, le=100, description="Chunks that one sub-orchestration drives."
    )
    tolerated_failed_chunks: Annotated[int | str, BeforeValidator(_count_or_percent)] = Field(
        0,
        description="Up to so many failed chunks (or such a share), a run is CompletedWithErrors; "
        "above, it is Failed.",
    )
