"""How windows are cut for scoring, and how many pieces may fail."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from domain.durations import Duration
from domain.pipeline.base import Section

AUTO = "auto"
ROWS_PER_PART, PARTS_PER_CHUNK = 50_000, 8
"""What is used where a file says nothing, or `auto` has nothing to go by yet."""

MOST_PARTS = 1000


def _count_or_percent(value: object) -> object:
    if isinstance(value, str):
        fits = re.fullmatch(r"(100|[0-9]{1,2})%", value) is not None
    else:
        fits = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if not fits:
        raise ValueError("must be a count such as 3, or a percentage such as 5%")
    return value


def _count_or_auto(most: int | None = None) -> Callable[[object], object]:
    rule = "of at least 1" if most is None else f"from 1 to {most}"

    def check(value: object) -> object:
        is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 1
        if value != AUTO and not (is_count and (most is None or int(str(value)) <= most)):
            raise ValueError(f"must be a whole number {rule}, or auto")
        return value

    return check


def _share(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"[1-9][0-9]?%", value):
        raise ValueError("must be a percentage from 1% to 99%, such as 20%")
    return value


Rows = Annotated[
    int | Literal["auto"],
    BeforeValidator(
        _count_or_auto(), json_schema_input_type=Annotated[int, Field(ge=1)] | Literal["auto"]
    ),
]
Parts = Annotated[
    int | Literal["auto"],
    BeforeValidator(
        _count_or_auto(MOST_PARTS),
        json_schema_input_type=Annotated[int, Field(ge=1, le=MOST_PARTS)] | Literal["auto"],
    ),
]
Share = Annotated[
    str,
    BeforeValidator(
        _share, json_schema_input_type=Annotated[str, Field(pattern=r"^[1-9][0-9]?%$")]
    ),
]


class Chunks(Section):
    """Sizes and limits of the scoring stage."""

    rows_per_part: Rows = Field(
        ROWS_PER_PART,
        description="Windows per file: Azure ML's unit. auto: from what past jobs took.",
    )
    parts_per_chunk: Parts = Field(
        PARTS_PER_CHUNK, description="Files per batch job. auto: from what past jobs took."
    )
    overhead_share: Share = Field(
        "20%",
        description="With auto: jobs are so large that at most this share of their time is "
        "overhead.",
    )
    job_length: Duration = Field(
        timedelta(minutes=10),
        description="With auto: jobs take no longer than this, and rather miss `overhead_share`.",
    )
    chunks_in_flight: int = Field(8, ge=1, le=500, description="Jobs of one run at a time.")
    segment_size: int = Field(
        50, ge=1, le=100, description="Chunks that one sub-orchestration drives."
    )
    tolerated_failed_chunks: Annotated[int | str, BeforeValidator(_count_or_percent)] = Field(
        0,
        description="Up to so many failed chunks (or such a share), a run is CompletedWithErrors; "
        "above, it is Failed.",
    )

    @model_validator(mode="after")
    def _jobs_get_time(self) -> Chunks:
        if not timedelta(seconds=1) <= self.job_length <= timedelta(days=1):
            raise ValueError("`job_length` must be from 1s to 1d")
        return self

    @property
    def is_auto(self) -> bool:
        """Whether a size is to be chosen by what past jobs took."""
        return AUTO in (self.rows_per_part, self.parts_per_chunk)

    @property
    def sizes(self) -> tuple[int, int]:
        """Rows per part and parts per chunk, as they are when there is nothing to go by."""
        rows, parts = self.rows_per_part, self.parts_per_chunk
        return (
            ROWS_PER_PART if rows == "auto" else rows,
            PARTS_PER_CHUNK if parts == "auto" else parts,
        )

    @property
    def overhead(self) -> float:
        """`overhead_share` as a number below 1."""
        return int(self.overhead_share.removesuffix("%")) / 100
