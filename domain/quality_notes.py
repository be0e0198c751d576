"""Quality notes: what a part's features and scores looked like, as the scoring job counted it.

One file per part, `STEM.quality.json` beside `STEM.scores.parquet`. Notes hold counts only, so that
those of many parts add up. Fields that are not known are left out: newer jobs may write more.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    model_validator,
)

from domain.pipeline import problems_of

SUFFIX = ".quality.json"
SCORES_SUFFIX = ".scores.parquet"
NAME_LENGTH = 128
VERSION_LENGTH = 200

Count = Annotated[int, Field(ge=0, le=2**53)]
ShareOf = Annotated[float, Field(ge=0, le=1)]


class _Noted(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class SketchNote(_Noted):
    """Values by their logarithm, see `domain.sketch`: how many there are of each index."""

    gamma: float = Field(gt=1)
    zero: Count = 0
    positive: dict[int, Count] = Field(default_factory=dict)
    negative: dict[int, Count] = Field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many values there are."""
        return self.zero + sum(self.positive.values()) + sum(self.negative.values())


class NumbersNote(_Noted):
    """A column of numbers. Bin i holds the values with i edges below them; `expected` are the
    shares of the training data in the same bins. What is missing or infinite is a null."""

    role: Literal["feature", "output"]
    rows: Count
    nulls: Count
    min: float | None
    max: float | None
    sum: float
    edges: tuple[float, ...]
    expected: tuple[ShareOf, ...]
    counts: tuple[Count, ...]
    sketch: SketchNote | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> NumbersNote:
        if not len(self.counts) == len(self.expected) == len(self.edges) + 1:
            raise ValueError("`counts` must have as many bins as `expected` and `edges` say")
        if any(low >= high for low, high in pairwise(self.edges)):
            raise ValueError("`edges` must rise strictly")
        there = self.rows - self.nulls
        if sum(self.counts) != there or (self.sketch and self.sketch.total != there):
            raise ValueError(f"`counts` must add up to the values that are there, {there}")
        return self


class TruthNote(_Noted):
    """A boolean column; `expected_true` is the share of true in the training data."""

    role: Literal["feature", "output"]
    rows: Count
    nulls: Count
    true: Count
    expected_true: ShareOf | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> TruthNote:
        if self.true > self.rows - self.nulls:
            raise ValueError("`true` must be at most the values that are there")
        return self


def _shape(value: Any) -> str:
    is_truth = isinstance(value, TruthNote) or (isinstance(value, dict) and "true" in value)
    return "truth" if is_truth else "numbers"


ColumnNote = Annotated[
    Annotated[NumbersNote, Tag("numbers")] | Annotated[TruthNote, Tag("truth")],
    Discriminator(_shape),
]


class QualityNote(_Noted):
    """The note of one part."""

    schema_version: Literal[1]
    model: str
    version: str = Field(max_length=VERSION_LENGTH)
    rows: Count
    rejected: dict[str, Count] = Field(default_factory=dict)
    columns: dict[
        Annotated[str, StringConstraints(min_length=1, max_length=NAME_LENGTH)], ColumnNote
    ]


def parse_note(body: bytes) -> QualityNote:
    """The note. Raises ValueError with the first thing that is wrong with it."""
    try:
        data = json.loads(body)
        if not isinstance(data, dict):
            raise ValueError("must be a JSON object")
        return QualityNote.model_validate(data)
    except ValidationError as error:
        raise ValueError(str(problems_of(error)[0])) from None
    except RecursionError:
        raise ValueError("must be JSON: it is nested too deeply") from None
