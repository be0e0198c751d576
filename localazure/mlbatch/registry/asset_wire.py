"""The bodies of models, code and environments.

Source: "Model Versions - Create Or Update" and its neighbours in Azure ML's REST reference.
"""

from typing import Generic, Literal, TypeVar

import yaml
from pydantic import Field, JsonValue, field_validator, model_validator

from localazure.mlbatch.registry.wire import Wire
from localazure.mlbatch.settings import EnvironmentVariables

# Text to text: Azure turns numbers and booleans into text.
Texts = EnvironmentVariables


class AssetProperties(Wire):
    """What all assets have; it may change, except for what an asset points to."""

    description: str | None = None
    tags: Texts = Field(default_factory=dict)
    properties: Texts = Field(default_factory=dict)
    is_anonymous: bool = False
    is_archived: bool = False
    stage: str | None = None


class ModelProperties(AssetProperties):
    """A model: files of the lake."""

    model_uri: str = Field(min_length=1)
    model_type: str = "custom_model"
    flavors: dict[str, JsonValue] = Field(default_factory=dict)
    job_name: str | None = None


class CodeProperties(AssetProperties):
    """A folder of code in the lake."""

    code_uri: str = Field(min_length=1)


class EnvironmentProperties(AssetProperties):
    """An image and a conda file; kept and shown, since scoring runs in this Python."""

    image: str | None = Field(default=None, min_length=1)
    build: dict[str, JsonValue] | None = None
    conda_file: str | None = None
    inference_config: JsonValue = None
    os_type: Literal["Linux", "Windows"] | None = None
    auto_rebuild: str | None = None

    @field_validator("os_type", mode="before")
    @classmethod
    def _capital(cls, value: object) -> object:
        return value.capitalize() if isinstance(value, str) else value

    @field_validator("conda_file")
    @classmethod
    def _conda_file_is_a_mapping(cls, value: str | None) -> str | None:
        try:
            document = yaml.safe_load(value or "{}")
        except yaml.YAMLError as error:
            raise ValueError(f"must be YAML: {error}".replace("\n", " ")) from None
        if not isinstance(document, dict):
            raise ValueError("must be a conda file, a mapping")
        return value

    @model_validator(mode="after")
    def _has_one_base(self) -> "EnvironmentProperties":
        if (self.image is None) == (self.build is None):
            raise ValueError("an environment has either `image` or `build`")
        return self


_P = TypeVar("_P", bound=AssetProperties, covariant=True)


class AssetResource(Wire, Generic[_P]):
    """The body of an asset."""

    properties: _P
