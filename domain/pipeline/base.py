"""What all parts of a pipeline file share: strictness, and the names they may use."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"
RESERVED = frozenset(
    {
        "window_start",
        "window_end",
        "run_id",
        "revision",
        "chunk",
        "model_version",
        "scored_at",
        "rejected_reason",
        "batch_id",
        "row_number",
    }
)


class Section(BaseModel):
    """A part of a pipeline file: unknown fields are errors, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _not_reserved(name: str) -> str:
    if name.lower() in RESERVED:
        raise ValueError(f"must not be one of Windrow's own columns: {', '.join(sorted(RESERVED))}")
    return name


ColumnName = Annotated[str, StringConstraints(pattern=NAME_PATTERN), AfterValidator(_not_reserved)]
"""A column that Windrow writes: letters, digits and underscores, as SQL allows without quotes."""

SourceColumn = Annotated[str, StringConstraints(min_length=1, max_length=128)]
"""A column of the user's own data: any text."""
