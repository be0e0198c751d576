"""When a pipeline runs by itself."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from domain.durations import Duration
from domain.pipeline.base import Section

_FIELD = re.compile(r"^[\dA-Za-z*/,\-]+$")


def _six_fields(text: str) -> str:
    fields = text.split()
    if len(fields) != 6 or not all(_FIELD.match(field) for field in fields):
        raise ValueError(
            "must be NCRONTAB with six fields (second minute hour day month weekday), "
            "such as 0 30 1 * * *"
        )
    return text


Ncrontab = Annotated[str, AfterValidator(_six_fields)]


class Schedule(Section):
    """A timer, and the span that each of its ticks scores: the one that ended last."""

    cron: Ncrontab = Field(
        description="NCRONTAB: second minute hour day month weekday. The app setting "
        "SCHEDULE__<pipeline> overrides it."
    )
    span: Duration = Field(
        timedelta(days=1),
        description="The length of the spans, which start at the zero hour (UTC) plus `offset`.",
    )
    offset: Duration = Field(timedelta(0), description="Moves the start of the spans.")
    catch_up: int = Field(
        7, ge=1, le=1000, description="Missed spans that one tick makes up for, oldest first."
    )

    @model_validator(mode="after")
    def _span_is_long_enough(self) -> Schedule:
        if self.span < timedelta(seconds=1) or self.span % timedelta(seconds=1):
            raise ValueError("`span` must be whole seconds, at least 1s")
        if not self.offset < self.span or self.offset % timedelta(seconds=1):
            raise ValueError("`offset` must be whole seconds, less than `span`")
        return self
