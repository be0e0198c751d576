"""The base of all messages: frozen records with an exact JSON form."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """A frozen record with an exact JSON form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def to_json(self) -> dict[str, Any]:
        """The message as plain JSON types."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The message that `to_json` wrote. Raises pydantic.ValidationError for anything else."""
        return cls.model_validate(data)
