"""What the bodies that azure-ai-ml PUTs have in common.

Their fields have the names of Azure's REST API. Those that Azure sets itself are not sent, and one
that is null is one that was left out.
"""

from typing import TypeVar

from pydantic import ConfigDict, JsonValue, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from localazure.mlbatch.errors import InvalidRequestError
from localazure.mlbatch.problems import problems_of
from localazure.mlbatch.settings import Model


class Wire(Model):
    """An object of a body."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True
    )

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: object) -> object:
        if isinstance(value, dict):
            return {key: item for key, item in value.items() if item is not None}
        return value

    def document(self) -> dict[str, JsonValue]:
        """Return what was stated, by the names of the wire."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


_W = TypeVar("_W", bound=Wire)


def read(model: type[_W], body: bytes) -> _W:
    """Read a body; raise ``InvalidRequestError`` with all that is wrong in it."""
    try:
        return model.model_validate_json(body or b"null")
    except ValidationError as error:
        raise InvalidRequestError(problems_of(error)) from error
