"""What a caller may ask for when repaired events are taken again, checked before anything is."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.errors import Problem, RequestError
from domain.pipeline import problems_of

MOST_EVENTS = 500


@dataclass(frozen=True)
class Repaired:
    """An event of the quarantine by its id, with its new body; None: as it lies there."""

    id: str
    body: bytes | None


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=200)
    text: str | None = None
    base64: str | None = None

    @model_validator(mode="after")
    def _one_body(self) -> _Event:
        if self.text is not None and self.base64 is not None:
            raise ValueError("`base64` must be left out where there is a text")
        if self.text is not None:
            try:
                self.text.encode()
            except UnicodeEncodeError:
                raise ValueError("`text` must be text that UTF-8 can say") from None
        if self.base64 is not None:
            try:
                base64.b64decode(self.base64, validate=True)
            except (binascii.Error, ValueError):
                raise ValueError("`base64` must be base64") from None
        return self

    @property
    def body(self) -> bytes | None:
        if self.base64 is not None:
            return base64.b64decode(self.base64)
        return None if self.text is None else self.text.encode()


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    events: list[_Event] = Field(min_length=1, max_length=MOST_EVENTS)


def parse_replay_body(data: object) -> list[Repaired]:
    """The events of the body. Raises RequestError naming every wrong field."""
    if not isinstance(data, dict):
        raise RequestError("body", [Problem("(body)", "must be a JSON object", data)])
    try:
        body = _Body.model_validate(data)
    except ValidationError as error:
        raise RequestError("body", problems_of(error)) from error
    return [Repaired(one.id, one.body) for one in body.events]
